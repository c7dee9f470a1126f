import { type ErrorCode, type ErrorValues, failure, OnePilotError } from '../errors/catalogue.ts';
import type { gatewayErrors } from '../errors/gateway.ts';
import type { JsonObject } from './json.ts';

/** How an error looks in HTTP. `retryAfter` is in seconds, `longestRetrySeconds` at most. */
interface HttpAnswer {
  readonly status: number;
  readonly type: string;
  readonly retryAfter?: number;
}

/** Seconds after which a client should try again while the engine starts. */
export const engineRetrySeconds = 5;

/** Seconds after which to try again while memory is short: it takes half a minute of calm (src/engine/pressure.ts). */
export const shedRetrySeconds = 30;

/**
 * The longest time after which a client can be told to try again: @ai-sdk/openai-compatible 3.0.92 and the openai client
 * in @continuedev/cli 1.5.47 wait as told for less than 60 seconds only, and half a second when told more.
 */
export const longestRetrySeconds = 59;

/** Seconds after which a client should try again when a person must first correct context or key store. */
export const refusedRetrySeconds = longestRetrySeconds;

const invalidRequest = 'invalid_request_error';
const authentication = 'authentication_error';
const permission = 'permission_error';
const rateLimit = 'rate_limit_error';
const serverError = 'server_error';

/** Status and OpenAI error type per code; a code that is missing here is the gateway's own failure, 500. */
const answers: Partial<Record<ErrorCode, HttpAnswer>> = {
  missing_api_key: { status: 401, type: authentication },
  invalid_api_key: { status: 401, type: authentication },
  too_many_key_checks: { status: 429, type: rateLimit, retryAfter: 5 },
  too_many_wrong_keys: { status: 429, type: rateLimit, retryAfter: 5 },
  key_expired: { status: 401, type: authentication },
  scope_missing: { status: 403, type: permission },
  // As OpenAI answers for a model that a key has no access to; editors take 403 for a key that went bad.
  model_not_allowed: { status: 404, type: invalidRequest },
  rate_limit_exceeded: { status: 429, type: rateLimit },
  concurrency_limit_exceeded: { status: 429, type: rateLimit },
  token_limit_exceeded: { status: 429, type: rateLimit },
  keys_unavailable: { status: 503, type: serverError, retryAfter: refusedRetrySeconds },
  unknown_path: { status: 404, type: invalidRequest },
  method_not_allowed: { status: 405, type: invalidRequest },
  invalid_json: { status: 400, type: invalidRequest },
  invalid_body: { status: 400, type: invalidRequest },
  body_too_large: { status: 413, type: invalidRequest },
  body_too_complex: { status: 413, type: invalidRequest },
  bodies_full: { status: 429, type: rateLimit },
  invalid_parameter: { status: 400, type: invalidRequest },
  previous_response_not_found: { status: 400, type: invalidRequest },
  model_not_found: { status: 404, type: invalidRequest },
  no_model_for_role: { status: 404, type: invalidRequest },
  context_length_exceeded: { status: 400, type: invalidRequest },
  engine_rejected: { status: 400, type: invalidRequest },
  not_supported: { status: 400, type: invalidRequest },
  queue_full: { status: 429, type: 'rate_limit_error' },
  superseded: { status: 429, type: 'rate_limit_error' },
  engine_loading: { status: 503, type: serverError, retryAfter: engineRetrySeconds },
  memory_short: { status: 503, type: serverError, retryAfter: shedRetrySeconds },
  model_failed: { status: 503, type: serverError, retryAfter: refusedRetrySeconds },
  engine_unavailable: { status: 503, type: serverError, retryAfter: engineRetrySeconds },
  engine_failed: { status: 502, type: serverError },
  engine_restarting: { status: 503, type: serverError, retryAfter: engineRetrySeconds },
  upstream_failed: { status: 502, type: serverError },
  upstream_unavailable: { status: 503, type: serverError },
  upstream_busy: { status: 429, type: rateLimit },
  upstream_refused: { status: 502, type: serverError },
  upstream_rejected: { status: 400, type: invalidRequest },
  gateway_stopping: { status: 503, type: serverError, retryAfter: 1 },
  usage_unreadable: { status: 503, type: serverError, retryAfter: refusedRetrySeconds },
  https_required: { status: 308, type: invalidRequest },
  key_sent_unencrypted: { status: 308, type: invalidRequest },
  unknown_host: { status: 400, type: invalidRequest },
  malformed_request: { status: 400, type: invalidRequest },
  internal_error: { status: 500, type: serverError },
  configuration_refused: { status: 503, type: serverError, retryAfter: refusedRetrySeconds },
} satisfies Partial<Record<keyof typeof gatewayErrors, HttpAnswer>>;

/** What an answer may say beyond its code and text. */
export interface FaultDetails {
  /** The field of the request that is wrong. */
  readonly parameter?: string;
  /** Further members of the error object. */
  readonly extra?: JsonObject;
  /** Seconds after which to try again, where its code alone does not say; `longestRetrySeconds` at most. */
  readonly retryAfter?: number;
}

/** An error on its way to a client: an entry of the catalogue with what HTTP needs. */
export class Fault extends Error {
  readonly error: OnePilotError;
  readonly status: number;
  readonly type: string;
  readonly retryAfter: number | undefined;
  readonly details: FaultDetails;

  constructor(error: OnePilotError, details: FaultDetails = {}) {
    super(error.message, { cause: error });
    this.name = 'Fault';
    this.error = error;
    this.details = details;
    const answer: HttpAnswer = answers[error.code] ?? { status: 500, type: serverError };
    this.status = answer.status;
    this.type = answer.type;
    this.retryAfter = details.retryAfter ?? answer.retryAfter;
  }
}

/** Makes the fault `code` with its texts filled in. */
export function fault<Code extends ErrorCode>(
  code: Code,
  values: ErrorValues<Code>,
  details: FaultDetails = {},
): Fault {
  return new Fault(failure(code, values), details);
}

/** The fault of a request whose field `parameter` is not `expected`, such as "a string". */
export function invalidParameter(parameter: string, expected: string): Fault {
  return fault('invalid_parameter', { parameter, expected }, { parameter });
}

/** Any thrown value as a fault; what nobody foresaw becomes `internal_error`. */
export function asFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  if (thrown instanceof OnePilotError) return new Fault(thrown);
  return fault('internal_error', {});
}
