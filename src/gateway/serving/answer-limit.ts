import type { Exchange } from '../dialects/dialect.ts';
import type { JsonObject } from '../json.ts';

/** Tokens of an answer to a request that names no limit: without one, a model that does not end talks until its context does. */
const usual = { chat: 8192, completion: 512 } as const;

/** The names under which llama-server takes the limit (llama.cpp v0.5.0, tools/server/server-schema.cpp). */
const names = ['max_tokens', 'max_completion_tokens', 'n_predict'] as const;

/** Tokens that an answer may have. */
export interface AnswerRoom {
  readonly contextSize: number;
  /** Of the prompt, where they were counted. */
  readonly prompt: number | undefined;
  /** What the admin allows. */
  readonly most: number | undefined;
}

/**
 * The request with a limit of its answer: its own, or the usual one, and never more than the context leaves or the
 * admin allows. What is no number is left to the engine, which refuses it. Pure.
 */
export function withAnswerLimit(
  exchange: Exchange,
  { contextSize, prompt = 0, most }: AnswerRoom,
): JsonObject {
  const { path, body } = exchange;
  const given = names.map((name) => body[name]).filter((value) => value !== undefined && value !== null);
  if (given.some((value) => typeof value !== 'number')) return body;
  const asked = given.filter((value) => typeof value === 'number').filter((value) => value >= 0);
  const isChat = path === '/v1/chat/completions';
  const wanted = asked.length > 0 ? Math.min(...asked) : isChat ? usual.chat : usual.completion;
  const limit = Math.min(wanted, most ?? contextSize, Math.max(1, contextSize - prompt));
  const { max_tokens: _, max_completion_tokens: __, n_predict: ___, ...rest } = body;
  return { ...rest, [path.startsWith('/v1/') ? 'max_tokens' : 'n_predict']: limit };
}

/**
 * The request for an upstream, which knows its own limits: under the client's own name for it, lowered to what the admin
 * allows, and nothing is added where he allows everything. Pure.
 */
export function withLowerLimit(body: JsonObject, most: number | undefined): JsonObject {
  if (most === undefined) return body;
  const given = names.filter((name) => typeof body[name] === 'number');
  const lowered = given.map((name) => [name, Math.min(Number(body[name]), most)] as const);
  return { ...body, ...(given.length > 0 ? Object.fromEntries(lowered) : { max_tokens: most }) };
}
