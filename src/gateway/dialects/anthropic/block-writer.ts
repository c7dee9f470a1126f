import { isJsonObject, type JsonObject, type JsonValue } from '../../json.ts';
import { callBlock, type GrowingBlock, textBlock, thinkingBlock } from './growing-block.ts';

/** Turns the deltas of a chat completion into the events of content blocks, one block after the other. */
export interface BlockWriter {
  write(delta: JsonObject): JsonObject[];
  /** Ends the blocks that are not over. */
  close(): JsonObject[];
  readonly hasCalledTool: boolean;
}

/**
 * Parts of calls may come by turns, and Anthropic's blocks may not: what follows a call waits until that is whole, or
 * until the answer ends.
 * @param messageId Names the calls of a server that names none.
 */
export function blockWriter(messageId: string): BlockWriter {
  /** The one that is being told, and those that wait. */
  const waiting: GrowingBlock[] = [];
  /** By the `index` of OpenAI's. */
  const calls = new Map<number, GrowingBlock>();
  let index = 0;

  const placed = ({ type, ...event }: JsonObject) => ({ type: type ?? null, index, ...event });
  const told = (isEnd: boolean): JsonObject[] => {
    const events: JsonObject[] = [];
    for (let block = waiting[0]; block; block = waiting[0]) {
      events.push(...block.news().map(placed));
      if (!isEnd && (waiting.length === 1 || !block.isWhole)) break;
      events.push(...block.end().map(placed));
      waiting.shift();
      index += 1;
    }
    return events;
  };
  const add = (block: GrowingBlock): GrowingBlock => {
    waiting.push(block);
    return block;
  };
  const say = (kind: 'text' | 'thinking', text: string, make: () => GrowingBlock): void => {
    if (text === '') return;
    const last = waiting.at(-1);
    (last?.kind === kind ? last : add(make())).add(text);
  };
  const call = (part: JsonValue): void => {
    if (!isJsonObject(part)) return;
    const of = isJsonObject(part.function) ? part.function : {};
    const nth = typeof part.index === 'number' ? part.index : 0;
    let block = calls.get(nth);
    if (!block) {
      block = add(callBlock(textOf(part.id) || `toolu_${messageId}_${nth}`, textOf(of.name)));
      calls.set(nth, block);
    }
    block.add(textOf(of.arguments));
  };

  return {
    write({ reasoning_content, content, tool_calls }) {
      say('thinking', textOf(reasoning_content), thinkingBlock);
      say('text', textOf(content), textBlock);
      for (const part of Array.isArray(tool_calls) ? tool_calls : []) call(part);
      return told(false);
    },
    close: () => told(true),
    get hasCalledTool() {
      return calls.size > 0;
    },
  };
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
