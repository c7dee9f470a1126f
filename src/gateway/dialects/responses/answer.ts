import { isJsonObject, type JsonObject, type JsonValue } from '../../json.ts';
import {
  callItem,
  type GrowingItem,
  type ItemEvent,
  type ItemStatus,
  messageItem,
  reasoningItem,
} from './items.ts';
import type { Tools } from './tools.ts';

/** How the engine's answer ended. */
export interface Ending {
  readonly status: 'completed' | 'incomplete';
  /** Why it is incomplete. */
  readonly reason: string | undefined;
}

interface Placed {
  readonly item: GrowingItem;
  readonly id: string;
  readonly index: number;
  status: ItemStatus;
}

/**
 * The output of a response, from the parts of a streamed chat completion. Text and thoughts end where another
 * item begins; calls stay open to the end, since their parts may come by turns.
 */
export class Answer {
  /** The gateway's id of the request, which makes those of the items unique. */
  readonly #id: string;
  readonly #tools: Tools;
  readonly #items: Placed[] = [];
  /** The text or the thought that parts are added to. */
  #current: { readonly kind: 'message' | 'reasoning'; readonly placed: Placed } | undefined;
  /** By their `index` in the chat completion. */
  readonly #calls = new Map<number, Placed>();
  #finishReason: JsonValue = null;
  #usage: JsonObject | null = null;

  constructor(id: string, tools: Tools) {
    this.#id = id;
    this.#tools = tools;
  }

  /** The items so far. */
  get output(): JsonObject[] {
    return this.#items.map(({ item, status }) => item.json(status));
  }

  /** `null` until the engine has told it. */
  get usage(): JsonObject | null {
    return this.#usage;
  }

  /** What is to be said of a part of the chat completion. */
  next(part: JsonObject): ItemEvent[] {
    if (isJsonObject(part.usage)) this.#usage = responseUsage(part.usage);
    const choice = Array.isArray(part.choices) ? part.choices[0] : undefined;
    if (!isJsonObject(choice)) return [];
    this.#finishReason = choice.finish_reason ?? this.#finishReason;
    return isJsonObject(choice.delta) ? this.#delta(choice.delta) : [];
  }

  /** To be called once, when the engine has said everything. */
  end(): { readonly ending: Ending; readonly events: ItemEvent[] } {
    const reason = incompleteReasons[String(this.#finishReason)];
    const status = reason === undefined ? 'completed' : 'incomplete';
    return { ending: { status, reason }, events: this.close(status) };
  }

  /** Ends whatever is open, with `status`. */
  close(status: 'completed' | 'incomplete'): ItemEvent[] {
    return this.#items
      .filter(({ status }) => status === 'in_progress')
      .flatMap((open) => this.#close(open, status));
  }

  #delta({ reasoning_content, content, tool_calls }: JsonObject): ItemEvent[] {
    return [
      ...this.#text('reasoning', reasoning_content),
      ...this.#text('message', content),
      ...(Array.isArray(tool_calls)
        ? tool_calls.filter(isJsonObject).flatMap((call) => this.#call(call))
        : []),
    ];
  }

  #text(kind: 'message' | 'reasoning', delta: JsonValue | undefined): ItemEvent[] {
    if (typeof delta !== 'string' || delta === '') return [];
    const events: ItemEvent[] = [];
    if (this.#current?.kind !== kind) {
      events.push(...this.#endText());
      const [prefix, make] =
        kind === 'message' ? (['msg', messageItem] as const) : (['rs', reasoningItem] as const);
      const id = this.#newId(prefix);
      const placed = this.#add(id, make(id));
      this.#current = { kind, placed };
      events.push(...this.#opened(placed));
    }
    if (this.#current) events.push(...about(this.#current.placed, this.#current.placed.item.add(delta)));
    return events;
  }

  #call(part: JsonObject): ItemEvent[] {
    const key = typeof part.index === 'number' ? part.index : 0;
    const { name, arguments: given } = isJsonObject(part.function) ? part.function : {};
    const events = this.#endText();
    let placed = this.#calls.get(key);
    if (!placed) {
      const id = this.#newId('fc');
      const callId = typeof part.id === 'string' && part.id !== '' ? part.id : this.#newId('call');
      placed = this.#add(id, callItem(id, callId, this.#tools.called(typeof name === 'string' ? name : '')));
      this.#calls.set(key, placed);
      events.push(...this.#opened(placed));
    }
    if (typeof given === 'string') events.push(...about(placed, placed.item.add(given)));
    return events;
  }

  #newId(prefix: string): string {
    return `${prefix}_${this.#id}_${this.#items.length}`;
  }

  #add(id: string, item: GrowingItem): Placed {
    const placed: Placed = { item, id, index: this.#items.length, status: 'in_progress' };
    this.#items.push(placed);
    return placed;
  }

  #opened(placed: Placed): ItemEvent[] {
    const { item, index } = placed;
    const added = { type: 'response.output_item.added', output_index: index, item: item.json('in_progress') };
    return [added, ...about(placed, item.opened())];
  }

  #endText(): ItemEvent[] {
    const open = this.#current;
    this.#current = undefined;
    return open ? this.#close(open.placed, 'completed') : [];
  }

  #close(placed: Placed, status: 'completed' | 'incomplete'): ItemEvent[] {
    const { item, index } = placed;
    const events = about(placed, item.closed());
    placed.status = status;
    return [...events, { type: 'response.output_item.done', output_index: index, item: item.json(status) }];
  }
}

/** Chat completions' reasons to end that make a response incomplete, and what they are called there. */
const incompleteReasons: Readonly<Record<string, string>> = {
  length: 'max_output_tokens',
  content_filter: 'content_filter',
};

function about({ id, index }: Placed, events: readonly ItemEvent[]): ItemEvent[] {
  return events.map(({ type, ...event }) => ({ type, item_id: id, output_index: index, ...event }));
}

function responseUsage(usage: JsonObject): JsonObject {
  const { prompt_tokens_details: prompt, completion_tokens_details: answer } = usage;
  const input = count(usage.prompt_tokens);
  const output = count(usage.completion_tokens);
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: isJsonObject(prompt) ? count(prompt.cached_tokens) : 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: isJsonObject(answer) ? count(answer.reasoning_tokens) : 0 },
    total_tokens: input + output,
  };
}

function count(value: JsonValue | undefined): number {
  return typeof value === 'number' ? value : 0;
}
