import * as z from 'zod';
import type { GatewayConfiguration } from '../configuration.ts';
import { anyPrice, byPrice, chargesFor } from './charges.ts';
import { Amount, costOf } from './price.ts';
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
  /** What the tokens would have cost at the price that is set to compare with. */
  cost: Amount.optional(),
  /** What upstreams charged, one amount per currency; left out where none of them has a price. */
  charged: z.array(Amount).optional(),
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

export type Prices = Pick<GatewayConfiguration, 'price' | 'upstreams'>;

/** The answer to `query`, with what `read` tells of the ledger. Rejects when `read` does. */
export async function reportUsage(
  query: UsageQuery,
  read: (query: UsageQuery) => Promise<Usage>,
  prices: Prices,
): Promise<UsageReport> {
  const asked = anyPrice(prices.upstreams) ? byPrice(query) : query;
  const { rows, more } = await read(asked);
  const { from, to, groupBy } = query;
  const groups = [...Map.groupBy(rows, (row) => JSON.stringify(groupBy.map((name) => row[name]))).values()];
  // Some rows of the last group may be among those that were left out.
  const whole = more && asked !== query ? groups.slice(0, -1) : groups;
  return {
    object: 'list',
    from,
    to,
    group_by: [...groupBy],
    has_more: more,
    data: whole.map((group) => entry(group, groupBy, prices)),
  };
}

function entry(
  rows: readonly UsageRow[],
  groupBy: UsageQuery['groupBy'],
  { price, upstreams }: Prices,
): UsageEntry {
  const sum = (figure: (row: UsageRow) => number) => rows.reduce((total, row) => total + figure(row), 0);
  const prompt = sum(({ promptTokens }) => promptTokens);
  const answer = sum(({ answerTokens }) => answerTokens);
  return {
    object: 'usage',
    ...Object.fromEntries(groupBy.map((dimension) => [dimension, rows[0]?.[dimension]])),
    num_model_requests: sum(({ requests }) => requests),
    outcomes: {
      done: sum(({ done }) => done),
      left: sum(({ left }) => left),
      refused: sum(({ refused }) => refused),
      failed: sum(({ failed }) => failed),
    },
    input_tokens: prompt,
    input_cached_tokens: sum(({ cachedTokens }) => cachedTokens),
    output_tokens: answer,
    seconds: {
      queued: sum(({ queuedMs }) => queuedMs) / 1000,
      prompt: sum(({ promptMs }) => promptMs) / 1000,
      answer: sum(({ answerMs }) => answerMs) / 1000,
    },
    ...(price && { cost: { value: costOf({ prompt, answer }, price), currency: price.currency } }),
    ...(anyPrice(upstreams) && { charged: chargesFor(rows, upstreams) }),
  };
}
