import { errorBody as anthropicErrorBody } from './anthropic/errors.ts';
import type { Dialect } from './dialect.ts';
import { errorBody as ollamaErrorBody } from './ollama/errors.ts';
import { errorBody as openaiErrorBody } from './openai.ts';

/** How errors look at the canonical `url` when no route says so itself: its beginning tells who asks. */
export function dialectErrorBody(url: string): Dialect['errorBody'] {
  if (/^\/api(?=[/?]|$)/.test(url)) return ollamaErrorBody;
  return /^\/v1\/messages(?=[/?]|$)/.test(url) ? anthropicErrorBody : openaiErrorBody;
}
