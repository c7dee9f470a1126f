import { errorBody as ollamaErrorBody } from '../dialects/ollama/errors.ts';
import { errorBody as openaiErrorBody } from '../dialects/openai.ts';
import { invalidParameter } from '../fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import type { EmbeddingDialect } from '../serving/serve-embeddings.ts';
import { embeddingRequest } from './request.ts';

const openai: EmbeddingDialect = {
  name: 'openai-embeddings',
  errorBody: openaiErrorBody,
  read: embeddingRequest,
  write: (answer) => answer,
};

/** Ollama's `/api/embed`; always numbers. */
const ollama: EmbeddingDialect = {
  name: 'ollama',
  errorBody: ollamaErrorBody,
  read: ({ input = null, dimensions = null }) => embeddingRequest({ input, dimensions }),
  write: ({ model = '', data, usage }) => ({
    model,
    embeddings: vectorsIn(data),
    total_duration: 0,
    load_duration: 0,
    prompt_eval_count: isJsonObject(usage) ? (usage.prompt_tokens ?? 0) : 0,
  }),
};

/** Ollama's older `/api/embeddings`, of one text. */
const ollamaOlder: EmbeddingDialect = {
  ...ollama,
  read({ prompt }: JsonObject) {
    if (typeof prompt !== 'string' || prompt === '')
      throw invalidParameter('prompt', 'a text that is not empty');
    return embeddingRequest({ input: prompt });
  },
  write: ({ data }) => ({ embedding: vectorsIn(data)[0] ?? [] }),
};

/** Which dialect of embeddings is spoken at which path (as paths.ts has them). */
export const embeddingDialectsByPath: Readonly<Record<string, EmbeddingDialect>> = {
  '/v1/embeddings': openai,
  '/api/embed': ollama,
  '/api/embeddings': ollamaOlder,
};

function vectorsIn(data: JsonValue | undefined): JsonValue[] {
  const entries = Array.isArray(data) ? data.filter(isJsonObject) : [];
  return entries.map(({ embedding = [] }) => embedding);
}
