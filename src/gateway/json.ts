export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
export interface JsonObject {
  [name: string]: JsonValue;
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Levels of nesting; what walks a value by recursion, `JSON.stringify` too, fails at some thousand. */
const mostLevels = 256;

/** JSON that is nested beyond reason. */
export class TooDeep extends SyntaxError {}

/**
 * Parses JSON text. Throws SyntaxError, whose message quotes the text: never log it; and TooDeep for text that is nested
 * more than 256 levels deep.
 */
export function parseJson(text: string): JsonValue {
  const value: JsonValue = JSON.parse(text);
  if (text.length > mostLevels && isDeeper(value, mostLevels)) throw new TooDeep();
  return value;
}

function isDeeper(value: JsonValue, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  const inner = Array.isArray(value) ? value : Object.values(value);
  return inner.some((one) => isDeeper(one, levels - 1));
}

/**
 * An escaped UTF-16 surrogate without its partner; `JSON.stringify` escapes those and only those.
 * An even number of backslashes before it is text that merely looks like an escape.
 */
const loneSurrogate = /(?<=(?:^|[^\\])(?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;

/**
 * JSON text that the engine's parser accepts: it refuses lone surrogates, and logs the text it refuses.
 * Each becomes U+FFFD. Throws RangeError when `value` is nested too deeply.
 */
export function serialiseForEngine(value: JsonObject): string {
  const text = JSON.stringify(value);
  return text.includes('\\ud') ? text.replace(loneSurrogate, '\ufffd') : text;
}
