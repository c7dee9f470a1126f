/** The dialects, as the ledger and the metrics name them. */
export const dialectNames = [
  'openai-chat',
  'openai-completions',
  'openai-embeddings',
  'openai-responses',
  'mistral-fim',
  'anthropic',
  'ollama',
  'llama-server',
] as const;
export type DialectName = (typeof dialectNames)[number];

/**
 * How a request for a model ended: answered; the client left first; refused, with a status below 500 (a limit, a full
 * queue, a prompt too long, whoever found out); or failed, with one from 500 on (whoever should have answered was away
 * or broke off). Only `ms.queued` tells whether it had a turn.
 */
export const outcomes = ['done', 'left', 'refused', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];

/** Tokens of one request; 0 where nothing is known. */
export interface Tokens {
  /** All of the prompt, those from the cache included. */
  readonly prompt: number;
  /** Those of the prompt that the cache had. */
  readonly cached: number;
  readonly answer: number;
}

/** Milliseconds; left out where it did not come so far. */
export interface Timings {
  /** From the request to its turn; left out where none began. */
  readonly queued?: number;
  /** From its turn to the answer's first part. */
  readonly firstToken?: number;
  /** What the engine itself says it needed for the prompt and for the answer. */
  readonly prompt?: number;
  readonly answer?: number;
  /** From the request to the end of its answer. */
  readonly total: number;
}

/** One request for a model, when it is over. Never what was said. */
export interface Served {
  /** As in `x-request-id`. */
  readonly id: string;
  /** When the request came, in milliseconds since 1970. */
  readonly at: number;
  /** The key's name. */
  readonly key: string;
  /** Our name of the model that answered or was to answer. */
  readonly model: string;
  /** `local`, or the name of the upstream that answered. */
  readonly destination: string;
  readonly dialect: DialectName;
  readonly stream: boolean;
  readonly tokens: Tokens;
  readonly ms: Timings;
  readonly outcome: Outcome;
  /** The code of the error that ended it (src/errors/gateway.ts). */
  readonly code?: string;
}

/** Told of every request for a model once it is over. Must return at once and never throw. */
export type Accountant = (served: Served) => void;
