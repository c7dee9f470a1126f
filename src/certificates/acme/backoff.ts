const minute = 60_000;
const hour = 60 * minute;

/** Longest time, in milliseconds, between a failure and the next attempt, unless the CA wants it longer. */
export const longestDelay = 24 * hour;

/** Added to each delay at most, as a part of it. */
const spread = 0.2;

const delays = {
  /** The CA was not asked, so it is soon tried again. */
  checks: { first: 5 * minute, longest: hour },
  staging: { first: 15 * minute, longest: longestDelay },
  order: { first: 15 * minute, longest: longestDelay },
} as const;

/**
 * Milliseconds to wait after the `count`th failure in a row: doubling, and spread so that machines which failed
 * together do not come back together.
 * @param fraction Of the spread, at least 0 and below 1.
 */
export function delayAfter(stage: keyof typeof delays, count: number, fraction: number): number {
  const { first, longest } = delays[stage];
  const base = Math.min(first * 2 ** Math.max(0, count - 1), longest / (1 + spread));
  return Math.round(base * (1 + spread * fraction));
}

/**
 * The same, but with a certificate that ends in `left` milliseconds there is an attempt before the last third of
 * those begins, however often it failed.
 */
export function delayWhileServed(delay: number, left: number): number {
  return left > 0 ? Math.min(delay, Math.max((left * 2) / 3, delays.checks.first)) : delay;
}
