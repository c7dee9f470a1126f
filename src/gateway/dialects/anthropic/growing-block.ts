import { isJsonObject, type JsonObject, parseJson } from '../../json.ts';

/** Anthropic's signatures are opaque; clients drop thoughts that have none, and with them the cache of the prompt. */
const signature = 'onepilot';

/** A content block while it comes in. Its events come without the block's `index`. */
export interface GrowingBlock {
  readonly kind: 'text' | 'thinking' | 'tool_use';
  add(text: string): void;
  /** Whether it may end here. */
  readonly isWhole: boolean;
  /** The events of what has not been told yet. */
  news(): JsonObject[];
  /** Those of its end. */
  end(): JsonObject[];
}

export function textBlock(): GrowingBlock {
  return growing('text', { text: '' }, (text) => ({ type: 'text_delta', text }));
}

export function thinkingBlock(): GrowingBlock {
  const begin = { thinking: '', signature: '' };
  const last = delta({ type: 'signature_delta', signature });
  return growing('thinking', begin, (thinking) => ({ type: 'thinking_delta', thinking }), [last]);
}

/** Whole when its arguments are. */
export function callBlock(id: string, name: string): GrowingBlock {
  let given = '';
  const block = growing('tool_use', { id, name, input: {} }, (partial_json) => ({
    type: 'input_json_delta',
    partial_json,
  }));
  return {
    ...block,
    add(text) {
      given += text;
      block.add(text);
    },
    get isWhole() {
      return isObject(given);
    },
  };
}

function growing(
  kind: GrowingBlock['kind'],
  begin: JsonObject,
  deltaOf: (text: string) => JsonObject,
  lastWords: readonly JsonObject[] = [],
): GrowingBlock {
  let isBegun = false;
  let untold = '';
  return {
    kind,
    isWhole: true,
    add(text) {
      untold += text;
    },
    news() {
      const start = { type: 'content_block_start', content_block: { type: kind, ...begin } };
      const events = [...(isBegun ? [] : [start]), ...(untold === '' ? [] : [delta(deltaOf(untold))])];
      isBegun = true;
      untold = '';
      return events;
    },
    end: () => [...lastWords, { type: 'content_block_stop' }],
  };
}

function delta(content: JsonObject): JsonObject {
  return { type: 'content_block_delta', delta: content };
}

function isObject(text: string): boolean {
  // Not worth the trouble for every part of it.
  if (!text.trimEnd().endsWith('}')) return false;
  try {
    return isJsonObject(parseJson(text));
  } catch {
    return false;
  }
}
