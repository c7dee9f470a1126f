import type { Accountant } from '../accounts/served.ts';
import type { Caller } from '../caller.ts';
import { type Fault, fault, longestRetrySeconds } from '../fault.ts';
import { RecentRequests } from './recent-requests.ts';
import { endOfDay, TokensOfDay } from './tokens-of-day.ts';

/** Seconds: nobody knows when one of the requests under way ends. */
const concurrentRetry = 5;

type Limited = Pick<Caller, 'name' | 'limits'>;

/**
 * Keeps each key within its limits. Tokens are counted when a request is over, so those under way may go beyond
 * a day's limit; no later one begins then. Every time is in milliseconds since 1970.
 */
export class KeyLimiter {
  readonly #recent = new Map<string, RecentRequests>();
  readonly #running = new Map<string, number>();
  readonly #tokens: TokensOfDay;

  constructor(now = Date.now()) {
    this.#tokens = new TokensOfDay(now);
  }

  /** Lets a request begin, which `leave` ends, or says why not. What is refused does not count. */
  enter({ name, limits }: Limited, now: number): Fault | undefined {
    const running = this.#running.get(name) ?? 0;
    const recent = this.#recentOf(name);
    const refusal =
      this.#dayFault(name, limits.tokensPerDay, now) ??
      concurrencyFault(running, limits.concurrent) ??
      rateFault(recent, limits.requestsPerMinute, now);
    if (refusal) return refusal;
    this.#running.set(name, running + 1);
    if (limits.requestsPerMinute !== undefined) recent.note(now);
    return undefined;
  }

  /** Once for each request that was let in. */
  leave({ name }: Limited): void {
    const running = this.#running.get(name) ?? 0;
    if (running > 1) this.#running.set(name, running - 1);
    else this.#running.delete(name);
  }

  /**
   * What each key had used on the UTC day of `now` before this limiter counted, by its name: as the ledger has it, which
   * need not be waited for.
   */
  startFrom(tokensToday: ReadonlyMap<string, number>, now: number): void {
    this.#tokens.add(tokensToday, now);
  }

  /** Counts the tokens of a request. */
  readonly account: Accountant = (served) => this.#tokens.note(served);

  /**
   * What a key is told of its limits with each answer; nothing where it has none.
   * https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers
   */
  headers({ name, limits }: Limited, now: number): Readonly<Record<string, string>> {
    const headers: Record<string, string> = {};
    const { requestsPerMinute, tokensPerDay } = limits;
    if (requestsPerMinute !== undefined) {
      const recent = this.#recentOf(name);
      const left = requestsPerMinute - recent.count(now);
      tell(headers, 'requests', requestsPerMinute, left, recent.untilBelow(1, now));
    }
    if (tokensPerDay !== undefined) {
      const left = tokensPerDay - this.#tokens.used(name, now);
      tell(headers, 'tokens', tokensPerDay, left, endOfDay(now) - now);
      // The SDKs of OpenAI and Anthropic obey it; tomorrow is too far away for them.
      if (left <= 0) headers['x-should-retry'] = 'false';
    }
    return headers;
  }

  #dayFault(name: string, limit: number | undefined, now: number): Fault | undefined {
    // Asked of keys without a limit too: a reload may give them one.
    const used = this.#tokens.used(name, now);
    if (limit === undefined || used < limit) return undefined;
    const resetsAt = new Date(endOfDay(now)).toISOString();
    return fault('token_limit_exceeded', { limit, resetsAt }, { retryAfter: longestRetrySeconds });
  }

  #recentOf(name: string): RecentRequests {
    const known = this.#recent.get(name);
    if (known) return known;
    const fresh = new RecentRequests();
    this.#recent.set(name, fresh);
    return fresh;
  }
}

function concurrencyFault(running: number, limit: number | undefined): Fault | undefined {
  if (limit === undefined || running < limit) return undefined;
  const seconds = concurrentRetry;
  return fault('concurrency_limit_exceeded', { limit, seconds }, { retryAfter: seconds });
}

function rateFault(recent: RecentRequests, limit: number | undefined, now: number): Fault | undefined {
  if (limit === undefined) return undefined;
  const wait = recent.untilBelow(limit, now);
  if (wait === 0) return undefined;
  const seconds = Math.min(longestRetrySeconds, Math.ceil(wait / 1000));
  return fault('rate_limit_exceeded', { limit, seconds }, { retryAfter: seconds });
}

/** @param reset Milliseconds until the whole limit is there again. */
function tell(
  headers: Record<string, string>,
  what: 'requests' | 'tokens',
  limit: number,
  left: number,
  reset: number,
): void {
  headers[`x-ratelimit-limit-${what}`] = String(limit);
  headers[`x-ratelimit-remaining-${what}`] = String(Math.max(0, left));
  headers[`x-ratelimit-reset-${what}`] = durationText(Math.ceil(reset / 1000));
}

/** As OpenAI writes it: `1s`, `6m0s`, `1h0m0s`. */
function durationText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return `${seconds}s`;
  const hours = Math.floor(minutes / 60);
  const rest = `${minutes % 60}m${seconds % 60}s`;
  return hours === 0 ? rest : `${hours}h${rest}`;
}
