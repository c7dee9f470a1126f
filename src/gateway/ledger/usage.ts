import { z } from 'zod';

/** What use can be told apart by. */
export const usageDimensions = ['day', 'model', 'key', 'dialect', 'destination'] as const;
export type UsageDimension = (typeof usageDimensions)[number];

/** A day in UTC, `2026-11-21`. */
export const UsageDay = z.iso.date();

/** Which requests to add up, and how to tell them apart. */
export const UsageQuery = z.strictObject({
  /** The first day and the last. */
  from: UsageDay,
  to: UsageDay,
  /** The name of the key whose requests alone count. */
  key: z.string().optional(),
  groupBy: z.array(z.enum(usageDimensions)).min(1).readonly(),
});
export type UsageQuery = z.infer<typeof UsageQuery>;

const Count = z.int().min(0);

/** The requests of one group added up. It has those dimensions alone that were asked for. */
export const UsageRow = z.strictObject({
  day: z.string().optional(),
  model: z.string().optional(),
  key: z.string().optional(),
  dialect: z.string().optional(),
  destination: z.string().optional(),
  requests: Count,
  /** How they ended (src/gateway/accounts/served.ts). */
  done: Count,
  left: Count,
  refused: Count,
  failed: Count,
  promptTokens: Count,
  cachedTokens: Count,
  answerTokens: Count,
  /** Milliseconds, all requests together. */
  queuedMs: Count,
  promptMs: Count,
  answerMs: Count,
});
export type UsageRow = z.infer<typeof UsageRow>;

/** Rows in the order of their dimensions. `more`: there would have been others, left out for their number. */
export const Usage = z.strictObject({ rows: z.array(UsageRow).readonly(), more: z.boolean() });
export type Usage = z.infer<typeof Usage>;
