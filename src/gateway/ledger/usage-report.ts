import type { JsonObject } from '../json.ts';
import { costOf, type Price } from './price.ts';
import type { Usage, UsageQuery, UsageRow } from './usage.ts';

/** The answer of `GET /v1/usage`: a list as OpenAI's are, with the names of its usage API where it has them. */
export function usageReport(
  { rows, more }: Usage,
  { from, to, groupBy }: UsageQuery,
  price?: Price,
): JsonObject {
  return {
    object: 'list',
    from,
    to,
    group_by: [...groupBy],
    has_more: more,
    data: rows.map((row) => entry(row, price)),
  };
}

function entry(row: UsageRow, price: Price | undefined): JsonObject {
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
