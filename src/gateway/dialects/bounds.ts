import { invalidParameter } from '../fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { boundedSchemas } from './schemas.ts';

/**
 * The largest value of numbers for which the engine takes up to 2147483647 (llama.cpp v0.5.0,
 * tools/server/server-schema.cpp). What is larger becomes this; what is negative is left out, so that the engine's
 * default holds.
 */
const largestNumbers: Readonly<Record<string, number>> = {
  // Memory is laid out for so many tokens at the start of an answer, and looked through for each of its tokens.
  repeat_last_n: 4096,
  dry_penalty_last_n: 4096,
  dry_allowed_length: 4096,
  // So many are told of every token: all 150 000 of a vocabulary would be megabytes for each.
  n_probs: 100,
  logprobs: 100,
  top_logprobs: 100,
  min_keep: 1024,
  // As many spaces are compared in each line.
  n_indent: 1024,
};

/** How many entries a list may have, and how many letters each of them. */
interface Size {
  readonly entries: number;
  readonly letters: number;
}

/** The largest lists, of which the engine takes any. */
const largestLists: Readonly<Record<string, Size>> = {
  // All of them are looked for in the answer after each token.
  stop: { entries: 128, letters: 1024 },
  // For each, the whole vocabulary is spelt out before an answer begins; the engine's own are four.
  dry_sequence_breakers: { entries: 16, letters: 64 },
  // A word is several tokens, and all of them are looked up for each token of the answer. OpenAI takes 300 as well.
  logit_bias: { entries: 300, letters: 100 },
  // Each sorts the vocabulary anew.
  samplers: { entries: 32, letters: 32 },
};

/**
 * A request to the engine with its fields within bounds: one that is far beyond what any client means would take memory
 * or time from all clients, or end the model's process. Throws `invalid_parameter` for lists and schemas that are too
 * large. Pure.
 */
export function withinBounds(body: JsonObject): JsonObject {
  for (const [name, size] of Object.entries(largestLists)) requireSize(name, body[name], size);
  const bounded = { ...body, ...boundedSchemas(body) };
  for (const [name, largest] of Object.entries(largestNumbers)) {
    const value = bounded[name];
    if (typeof value !== 'number') continue;
    if (value < 0) delete bounded[name];
    else bounded[name] = Math.min(value, largest);
  }
  return bounded;
}

function requireSize(name: string, value: JsonValue | undefined, { entries, letters }: Size): void {
  const texts = textsIn(value);
  if (texts.length <= entries && texts.every((text) => text.length <= letters)) return;
  throw invalidParameter(name, `at most ${entries} entries of at most ${letters} letters each`);
}

/** What counts as the entries of a list: a text alone is one, and so is each name of an object. */
function textsIn(value: JsonValue | undefined): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.map(textOf);
  return isJsonObject(value) ? Object.keys(value) : [];
}

/** Of a pair such as `["word", -1]`, its first half. */
function textOf(entry: JsonValue): string {
  const text = Array.isArray(entry) ? entry[0] : entry;
  return typeof text === 'string' ? text : '';
}
