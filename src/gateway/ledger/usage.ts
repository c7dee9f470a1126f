import * as z from 'zod';

/** What use can be told apart by. */
export const usageDimensions = ['day', 'model', 'key', 'dialect', 'destination'] as const;
export type UsageDimension = (typeof usageDimensions)[number];

/** A day in UTC, `2026-11-21`. */
export const UsageDay = z.iso.date();

/** Which requests to add up, and how to tell them apart. */
export interface UsageQuery {
  /** The first day and the last, as `UsageDay`. */
  readonly from: string;
  readonly to: string;
  /** The name of the key whose requests alone count. */
  readonly key?: string;
  /** At least one. */
  readonly groupBy: readonly UsageDimension[];
}

/**
 * The requests of one group added up: whole numbers, 0 at least. It has those dimensions alone that were asked for.
 */
export interface UsageRow extends Readonly<Partial<Record<UsageDimension, string>>> {
  readonly requests: number;
  /** How they ended (src/gateway/accounts/served.ts). */
  readonly done: number;
  readonly left: number;
  readonly refused: number;
  readonly failed: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly answerTokens: number;
  /** Milliseconds, all requests together. */
  readonly queuedMs: number;
  readonly promptMs: number;
  readonly answerMs: number;
}

/** Rows in the order of their dimensions. `more`: there would have been others, left out for their number. */
export interface Usage {
  readonly rows: readonly UsageRow[];
  readonly more: boolean;
}
