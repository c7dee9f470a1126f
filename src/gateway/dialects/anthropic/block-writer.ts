import { isJsonObject, type JsonObject, type JsonValue } from '../../json.ts';

/** Anthropic's signatures are opaque; clients drop thoughts that have none, and with them the cache of the prompt. */
const signature = 'onepilot';

/** Turns the deltas of a chat completion into the events of content blocks, one block after the other. */
export interface BlockWriter {
  write(delta: JsonObject): JsonObject[];
  /** Ends the block that is open, if one is. */
  close(): JsonObject[];
  readonly hasCalledTool: boolean;
}

/** @param messageId Names the calls of a server that names none. */
export function blockWriter(messageId: string): BlockWriter {
  /** What is being written: a text, thoughts, or the call with this `index` of OpenAI's. */
  let open: 'text' | 'thinking' | number | undefined;
  let index = -1;
  let hasCalledTool = false;

  const close = (): JsonObject[] => {
    if (open === undefined) return [];
    const signed = open === 'thinking' ? [delta({ type: 'signature_delta', signature })] : [];
    open = undefined;
    return [...signed, { type: 'content_block_stop', index }];
  };
  const delta = (content: JsonObject) => ({ type: 'content_block_delta', index, delta: content });
  const within = (kind: Exclude<typeof open, undefined>, block: JsonObject): JsonObject[] => {
    if (open === kind) return [];
    const closed = close();
    open = kind;
    index += 1;
    return [...closed, { type: 'content_block_start', index, content_block: block }];
  };

  const thought = (thinking: string): JsonObject[] => {
    if (thinking === '') return [];
    const start = within('thinking', { type: 'thinking', thinking: '', signature: '' });
    return [...start, delta({ type: 'thinking_delta', thinking })];
  };
  const text = (said: string): JsonObject[] => {
    if (said === '') return [];
    return [...within('text', { type: 'text', text: '' }), delta({ type: 'text_delta', text: said })];
  };
  const call = (part: JsonValue): JsonObject[] => {
    if (!isJsonObject(part)) return [];
    const of = isJsonObject(part.function) ? part.function : {};
    const nth = typeof part.index === 'number' ? part.index : 0;
    const id = textOf(part.id) || `toolu_${messageId}_${nth}`;
    hasCalledTool = true;
    const start = within(nth, { type: 'tool_use', id, name: textOf(of.name), input: {} });
    const partial_json = textOf(of.arguments);
    return partial_json === '' ? start : [...start, delta({ type: 'input_json_delta', partial_json })];
  };

  return {
    write({ reasoning_content, content, tool_calls }) {
      const calls = Array.isArray(tool_calls) ? tool_calls : [];
      return [...thought(textOf(reasoning_content)), ...text(textOf(content)), ...calls.flatMap(call)];
    },
    close,
    get hasCalledTool() {
      return hasCalledTool;
    },
  };
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
