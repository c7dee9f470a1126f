import { done } from '../../engine-event.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../json.ts';
import type { AnswerCollector } from '../dialect.ts';
import type { AnswerEvents } from './answer-events.ts';

/** Puts an answer's events together to the `message` that they are the parts of, as Anthropic's clients do. */
export function messageCollector(answer: AnswerEvents): AnswerCollector {
  const blocks: Block[] = [];
  let message: JsonObject | undefined;
  return {
    next(part) {
      const events = part === done ? answer.end() : answer.next(part);
      for (const event of events) add(blocks, event);
      if (part !== done) return;
      const { delta, usage } = events.find(({ type }) => type === 'message_delta') ?? {};
      const content = blocks.map(asJson);
      message = { ...objectIn(answer.start().message), content, ...objectIn(delta), usage: usage ?? null };
    },
    get answer() {
      return message;
    },
  };
}

interface Block {
  readonly begin: JsonObject;
  /** What its deltas said, by their own names for it. */
  readonly said: Record<string, string>;
}

function add(blocks: Block[], { type, content_block, delta }: JsonObject): void {
  if (type === 'content_block_start') blocks.push({ begin: objectIn(content_block), said: {} });
  const said = blocks.at(-1)?.said;
  if (type !== 'content_block_delta' || !said) return;
  const { type: _, ...parts } = objectIn(delta);
  for (const [name, value] of Object.entries(parts)) said[name] = `${said[name] ?? ''}${value}`;
}

function asJson({ begin, said: { partial_json, ...said } }: Block): JsonObject {
  return { ...begin, ...said, ...(begin.type === 'tool_use' && { input: inputIn(partial_json ?? '') }) };
}

/** The arguments of a call; those of one that was cut off are none. */
function inputIn(json: string): JsonObject {
  try {
    return objectIn(parseJson(json));
  } catch {
    return {};
  }
}

function objectIn(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
