import type { Trouble } from '../../egress/trouble.ts';
import { type Fault, fault, longestRetrySeconds } from '../fault.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../json.ts';
import type { AttemptOutcome } from './breaker.ts';

/** What came instead of an answer, and what it says of the upstream. */
export interface UpstreamFailure {
  readonly fault: Fault;
  readonly outcome: Extract<AttemptOutcome, 'failed' | 'blameless'>;
}

/** Thrown where an upstream gives no answer. */
export class UpstreamError extends Error {
  readonly failure: UpstreamFailure;

  constructor(failure: UpstreamFailure) {
    super(failure.fault.message);
    this.failure = failure;
  }
}

/** Seconds, where the upstream does not say. */
const usualRetry = 15;
/** Characters of a message of the upstream's that are passed on. */
const longestMessage = 300;

/** OpenAI's words, and those of its imitators, this gateway among them. */
const contextWords =
  /maximum context length is (?<size>\d+) tokens.*?(?:resulted in|requested|your request has|has) (?<tokens>\d+)/is;

const reasons: Readonly<Record<Trouble, string>> = {
  unknown: 'the way out does not know it',
  unreachable: 'it cannot be reached',
  untrusted: 'its certificate is not trusted',
  silent: 'it was silent for too long',
  broken: 'the connection broke',
};

/** Of a connection that came to nothing. */
export function troubleFailure(upstream: string, trouble: Trouble): UpstreamFailure {
  return { fault: failed(upstream, reasons[trouble]), outcome: 'failed' };
}

/** Of something that is no answer. @param reason so that «failed: …» is a sentence */
export function failed(upstream: string, reason: string): Fault {
  return fault('upstream_failed', { upstream, reason });
}

/** The fault while an upstream is left alone. @param wait milliseconds */
export function resting(upstream: string, wait: number): Fault {
  const seconds = Math.min(longestRetrySeconds, Math.max(1, Math.ceil(wait / 1000)));
  return fault('upstream_unavailable', { upstream, seconds }, { retryAfter: seconds });
}

/**
 * Of an answer whose status is not 200. Statuses from 400 to 499 blame the request or this server's key, and never
 * count against the upstream.
 * @param retryAfter the header: seconds, or a date, which is not read
 */
export function statusFailure(
  upstream: string,
  { status, retryAfter, text }: { status: number; retryAfter: string | undefined; text: string },
): UpstreamFailure {
  const seconds = retrySeconds(retryAfter);
  if (status === 429) {
    return {
      fault: fault('upstream_busy', { upstream, seconds }, { retryAfter: seconds }),
      outcome: 'blameless',
    };
  }
  if (status === 503) return { fault: resting(upstream, seconds * 1000), outcome: 'failed' };
  if (status >= 500 || status < 300) {
    return { fault: failed(upstream, `it answered with status ${status}`), outcome: 'failed' };
  }
  return { fault: blame(upstream, status, errorIn(text)), outcome: 'blameless' };
}

/** Of an error in the middle of a stream: what it says is not passed on, since nobody has looked it through. */
export function eventFailure(upstream: string, error: JsonValue): UpstreamFailure {
  const length = isJsonObject(error) ? contextFault(error) : undefined;
  if (length) return { fault: length, outcome: 'blameless' };
  const { code } = isJsonObject(error) ? error : {};
  const isRequests = typeof code === 'number' && code >= 400 && code < 500;
  return { fault: failed(upstream, 'it broke off its answer'), outcome: isRequests ? 'blameless' : 'failed' };
}

function blame(upstream: string, status: number, error: JsonObject): Fault {
  if (status !== 400 && status !== 413 && status !== 422) {
    return fault('upstream_refused', { upstream, status });
  }
  const length = contextFault(error);
  if (length) return length;
  const { message } = error;
  const words = typeof message === 'string' ? message.replace(/\s+/g, ' ').slice(0, longestMessage) : '';
  return fault('upstream_rejected', { upstream, message: words || `status ${status}` });
}

function contextFault({ message, n_prompt_tokens, n_ctx }: JsonObject): Fault | undefined {
  const { size, tokens: said } = contextWords.exec(typeof message === 'string' ? message : '')?.groups ?? {};
  const tokens = Number(n_prompt_tokens ?? said ?? Number.NaN);
  const contextSize = Number(n_ctx ?? size ?? Number.NaN);
  if (!Number.isInteger(tokens) || !Number.isInteger(contextSize)) return undefined;
  const extra = { n_prompt_tokens: tokens, n_ctx: contextSize };
  return fault('context_length_exceeded', { tokens, contextSize }, { parameter: 'messages', extra });
}

/** The error object in an answer of OpenAI's form; empty where there is none. */
function errorIn(text: string): JsonObject {
  try {
    const answer = parseJson(text);
    return isJsonObject(answer) && isJsonObject(answer.error) ? answer.error : {};
  } catch {
    return {};
  }
}

function retrySeconds(header: string | undefined): number {
  const seconds = /^\d{1,9}$/.test(header ?? '') ? Number(header) : usualRetry;
  return Math.min(longestRetrySeconds, Math.max(1, seconds));
}
