import { invalidParameter } from '../fault.ts';
import type { JsonObject, JsonValue } from '../json.ts';

/** A text, or the tokens of one. */
export type EmbeddingInput = string | number[];

/** OpenAI's request for embeddings, as far as it says anything here; everything else in it is left out. */
export interface EmbeddingRequest {
  readonly inputs: readonly EmbeddingInput[];
  readonly format: 'float' | 'base64';
  /** Numbers that a vector must have. */
  readonly dimensions: number | undefined;
}

/** As OpenAI has it; one request more is little for a client that has so many texts. */
const mostInputs = 2048;

/** https://platform.openai.com/docs/api-reference/embeddings/create. Throws the fault of a field that is wrong. */
export function embeddingRequest({ input, encoding_format, dimensions }: JsonObject): EmbeddingRequest {
  return { inputs: inputsOf(input), format: formatOf(encoding_format), dimensions: dimensionsOf(dimensions) };
}

function inputsOf(input: JsonValue | undefined): readonly EmbeddingInput[] {
  const inputs = isInput(input) ? [input] : input;
  if (!Array.isArray(inputs) || inputs.length === 0 || inputs.length > mostInputs || !inputs.every(isInput)) {
    const expected = `a text that is not empty, an array of tokens, or an array with 1 to ${mostInputs} of these`;
    throw invalidParameter('input', expected);
  }
  return inputs;
}

function isInput(value: JsonValue | undefined): value is EmbeddingInput {
  if (typeof value === 'string') return value !== '';
  return Array.isArray(value) && value.length > 0 && value.every(isToken);
}

/** The engine reads tokens as numbers of 32 bits, and would cut off what is larger. */
function isToken(value: JsonValue): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 31;
}

function formatOf(value: JsonValue | undefined): EmbeddingRequest['format'] {
  if (value === undefined || value === null) return 'float';
  if (value === 'float' || value === 'base64') return value;
  throw invalidParameter('encoding_format', '"float" or "base64"');
}

function dimensionsOf(value: JsonValue | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
  throw invalidParameter('dimensions', 'a whole number above 0');
}
