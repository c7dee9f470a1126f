import { z } from 'zod';
import { costOf, type Price } from './price.ts';
import { type Usage, UsageDay, type UsageQuery, type UsageRow, usageDimensions } from './usage.ts';

const Count = z.int().min(0);
const Seconds = z.number().min(0);

/** One line of the report. It has those dimensions alone that were asked for; tokens from a cache are among `input_tokens`. */
const UsageEntry = z.object({
  object: z.literal('usage'),
  day: z.string().optional(),
  model: z.string().optional(),
  key: z.string().optional(),
  dialect: z.string().optional(),
  destination: z.string().optional(),
  num_model_requests: Count,
  outcomes: z.object({ done: Count, left: Count, refused: Count, failed: Count }),
  input_tokens: Count,
  input_cached_tokens: Count,
  output_tokens: Count,
  seconds: z.object({ queued: Seconds, prompt: Seconds, answer: Seconds }),
  /** What the tokens would have cost at the price that is set. */
  cost: z.object({ value: z.number(), currency: z.string() }).optional(),
});
type UsageEntry = z.infer<typeof UsageEntry>;

/** The answer of `GET /v1/usage`: a list as OpenAI's are, with the names of its usage API where it has them. */
export const UsageReport = z.object({
  object: z.literal('list'),
  from: UsageDay,
  to: UsageDay,
  group_by: z.array(z.enum(usageDimensions)),
  has_more: z.boolean(),
  data: z.array(UsageEntry),
});
export type UsageReport = z.infer<typeof UsageReport>;

export function usageReport(
  { rows, more }: Usage,
  { from, to, groupBy }: UsageQuery,
  price?: Price,
): UsageReport {
  return {
    object: 'list',
    from,
    to,
    group_by: [...groupBy],
    has_more: more,
    data: rows.map((row) => entry(row, price)),
  };
}

function entry(row: UsageRow, price: Price | undefined): UsageEntry {
  const { day, model, key, dialect, destination } = row;
  return {
    object: 'usage',
    ...(day !== undefined && { day }),
    ...(model !== undefined && { model }),
    ...(key !== undefined && { key }),
    ...(dialect !== undefined && { dialect }),
    ...(destination !== undefined && { destination }),
    num_model_requests: row.requests,
    outcomes: { done: row.done, left: row.left, refused: row.refused, failed: row.failed },
    input_tokens: row.promptTokens,
    input_cached_tokens: row.cachedTokens,
    output_tokens: row.answerTokens,
    seconds: { queued: row.queuedMs / 1000, prompt: row.promptMs / 1000, answer: row.answerMs / 1000 },
    ...(price && {
      cost: {
        value: costOf({ prompt: row.promptTokens, answer: row.answerTokens }, price),
        currency: price.currency,
      },
    }),
  };
}
