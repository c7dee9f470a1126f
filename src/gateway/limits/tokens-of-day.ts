import type { Served } from '../accounts/served.ts';

const day = 86_400_000;

/**
 * Tokens that each key has used on the UTC day that it is; a request belongs to the day on which it came. Which day it
 * is, `used` is told, before each request: what `note` is told is over, and may be of yesterday.
 */
export class TokensOfDay {
  #day: number;
  readonly #used = new Map<string, number>();

  /** @param now Milliseconds since 1970, as everywhere here. */
  constructor(now: number) {
    this.#day = dayOf(now);
  }

  /** What each key had used before, learnt late; of another day it says nothing. @param at when it was found out */
  add(used: ReadonlyMap<string, number>, at: number): void {
    if (dayOf(at) !== this.#day) return;
    for (const [key, tokens] of used) this.#used.set(key, (this.#used.get(key) ?? 0) + tokens);
  }

  note({ key, at, tokens }: Pick<Served, 'key' | 'at' | 'tokens'>): void {
    if (dayOf(at) !== this.#day) return;
    this.#used.set(key, (this.#used.get(key) ?? 0) + tokens.prompt + tokens.answer);
  }

  used(key: string, now: number): number {
    this.#turnTo(now);
    return this.#used.get(key) ?? 0;
  }

  /** Also back: a clock that is set right may have been ahead by years. */
  #turnTo(now: number): void {
    if (dayOf(now) === this.#day) return;
    this.#day = dayOf(now);
    this.#used.clear();
  }
}

/** When the UTC day of `now` ends. Both in milliseconds since 1970. */
export function endOfDay(now: number): number {
  return (dayOf(now) + 1) * day;
}

function dayOf(now: number): number {
  return Math.floor(now / day);
}
