import { Fault, fault, invalidParameter } from '../fault.ts';
import { isJsonObject, type JsonObject, parseJson } from '../json.ts';
import type { EmbeddingRequest } from './request.ts';

export interface EmbeddingModels {
  /** The engine's name for the model. */
  readonly model: string;
  /** The id the client asked for, to be echoed. */
  readonly requestedModel: string;
}

/** The engine's answer to a request to embed one text. Throws the fault that it answered with instead. */
export type AskForEmbedding = (body: JsonObject) => Promise<string>;

interface Embedding {
  /** Numbers, or their 4 bytes each in base64. */
  readonly vector: number[] | string;
  readonly tokens: number;
}

/**
 * OpenAI's answer to `request`. The engine gets one text after the other: its router goes on with what it has begun
 * when the client has left, so that no more than one text is embedded for nobody; and other clients' texts come in
 * between. It would not embed them faster together, since the model has one slot.
 * Throws the fault to answer with; rejects when `ask` does.
 * @param count Told of the tokens of each text: those are spent, whatever becomes of the others.
 */
export async function embed(
  { inputs, format, dimensions }: EmbeddingRequest,
  { model, requestedModel }: EmbeddingModels,
  ask: AskForEmbedding,
  count: (tokens: number) => void,
): Promise<JsonObject> {
  const data: JsonObject[] = [];
  let tokens = 0;
  for (const [index, input] of inputs.entries()) {
    const embedding = await embedOne({ model, encoding_format: format, input }, ask);
    count(embedding.tokens);
    const size = sizeOf(embedding.vector);
    if (dimensions !== undefined && dimensions !== size) throw invalidParameter('dimensions', `${size}`);
    data.push({ object: 'embedding', index, embedding: embedding.vector });
    tokens += embedding.tokens;
  }
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  return { object: 'list', data, model: requestedModel, usage };
}

async function embedOne(body: JsonObject, ask: AskForEmbedding): Promise<Embedding> {
  try {
    return embeddingIn(await ask(body));
  } catch (thrown) {
    throw aboutInput(thrown);
  }
}

function embeddingIn(text: string): Embedding {
  const answer = parseJson(text);
  const { data, usage } = isJsonObject(answer) ? answer : {};
  const first = Array.isArray(data) ? data[0] : undefined;
  const vector = isJsonObject(first) ? first.embedding : undefined;
  const tokens = isJsonObject(usage) ? usage.prompt_tokens : undefined;
  if (typeof tokens !== 'number') throw fault('engine_failed', {});
  if (typeof vector === 'string') return { vector, tokens };
  if (!Array.isArray(vector)) throw fault('engine_failed', {});
  const numbers = vector.filter((value) => typeof value === 'number');
  // The engine writes null for what is no number.
  if (numbers.length === 0 || numbers.length !== vector.length) throw fault('engine_failed', {});
  return { vector: numbers, tokens };
}

function sizeOf(vector: Embedding['vector']): number {
  return typeof vector === 'string' ? Buffer.from(vector, 'base64').length / 4 : vector.length;
}

/** What is too long here is a text, not the messages of a chat. */
function aboutInput(thrown: unknown): unknown {
  const isLength = thrown instanceof Fault && thrown.error.code === 'context_length_exceeded';
  return isLength ? new Fault(thrown.error, { ...thrown.details, parameter: 'input' }) : thrown;
}
