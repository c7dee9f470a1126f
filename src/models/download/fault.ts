/** A failure after which the next attempt may succeed. */
export class TransientFault extends Error {
  /** Whether an answer of any kind had come: the server can be reached. */
  readonly answered: boolean;
  /** Milliseconds that the server asks to wait (`Retry-After`). */
  readonly retryAfter: number | undefined;

  /** @param reason Part of a sentence, for people; without addresses that might be signed. */
  constructor(reason: string, answered: boolean, retryAfter?: number) {
    super(reason);
    this.name = 'TransientFault';
    this.answered = answered;
    this.retryAfter = retryAfter;
  }
}

/** Times in milliseconds. */
export interface FetchTimes {
  /** Until the head of an answer must have come. */
  readonly answer: number;
  /** Without a byte, until a connection counts as dead. */
  readonly stall: number;
  /** Before the second attempt; it doubles with each further one. */
  readonly firstPause: number;
  /** The longest pause, unless the server asks for a longer one. */
  readonly longestPause: number;
  /** The longest pause that a server can ask for. */
  readonly longestAsked: number;
  /** Between two reports of progress. */
  readonly report: number;
  /** To wait for another process that fetches the same file. */
  readonly turn: number;
}

export const usualTimes: FetchTimes = {
  answer: 30_000,
  stall: 30_000,
  firstPause: 1_000,
  longestPause: 60_000,
  longestAsked: 3_600_000,
  report: 500,
  turn: 24 * 3_600_000,
};

/** Attempts in a row that bring nothing before a download is given up. */
export const mostAttempts = 8;

/**
 * Milliseconds to wait after a failed attempt: exponential with jitter, so that many VMs do not come back at once.
 * @param attempt 1 for the first.
 * @param chance 0 to 1.
 */
export function pauseAfter(
  attempt: number,
  { retryAfter }: TransientFault,
  times: FetchTimes,
  chance: number,
): number {
  const exponential = Math.min(times.longestPause, times.firstPause * 2 ** (attempt - 1));
  const asked = Math.min(times.longestAsked, retryAfter ?? 0);
  return Math.round(Math.max(asked, exponential * (0.5 + chance / 2)));
}

/** `Retry-After` in milliseconds (RFC 9110 section 10.2.3): seconds or a date. */
function parseRetryAfter(text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/**
 * How long a server asks to wait, in milliseconds. The hub states no `Retry-After` with 429, but when its window ends
 * (`ratelimit: "api";r=0;t=55`, IETF draft-ietf-httpapi-ratelimit-headers; `parse_ratelimit_headers` of
 * huggingface_hub reads it).
 */
export function pauseAsked(headers: Headers, now: number): number | undefined {
  const seconds = /(?:^|;)\s*t=(\d{1,9})\b/.exec(headers.get('ratelimit') ?? '')?.[1];
  const reset = /(?:^|;)\s*r=0\b/.test(headers.get('ratelimit') ?? '') ? seconds : undefined;
  return (
    parseRetryAfter(headers.get('retry-after'), now) ??
    (reset === undefined ? undefined : Number(reset) * 1000)
  );
}
