export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
export interface JsonObject {
  [name: string]: JsonValue;
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses JSON text. Throws SyntaxError, whose message quotes the text: never log it. */
export function parseJson(text: string): JsonValue {
  return JSON.parse(text);
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
