import type { GatewayConfiguration } from '../configuration.ts';
import { type Amount, costOf, inMillionths, type Price } from './price.ts';
import type { UsageQuery, UsageRow } from './usage.ts';

type Upstreams = GatewayConfiguration['upstreams'];

/** Whether any upstream has a price. */
export function anyPrice(upstreams: Upstreams): boolean {
  return upstreams?.list.some(({ models }) => models.some(({ price }) => price)) ?? false;
}

/** `query`, so that each row is of one model at one destination: only then does it have one price. */
export function byPrice(query: UsageQuery): UsageQuery {
  return { ...query, groupBy: [...new Set([...query.groupBy, 'model', 'destination'] as const)] };
}

/** What the upstreams charged for `rows`, read as `byPrice` asks, at the prices that are set: one amount per currency. */
export function chargesFor(rows: readonly UsageRow[], upstreams: Upstreams): Amount[] {
  const charges = rows.flatMap((row): Amount[] => {
    const price = priceOf(row, upstreams);
    if (!price) return [];
    const value = costOf({ prompt: row.promptTokens, answer: row.answerTokens }, price);
    return value > 0 ? [{ value, currency: price.currency }] : [];
  });
  return [...Map.groupBy(charges, ({ currency }) => currency)].map(([currency, amounts]) => ({
    value: inMillionths(amounts.reduce((sum, { value }) => sum + value, 0)),
    currency,
  }));
}

function priceOf({ destination, model }: UsageRow, upstreams: Upstreams): Price | undefined {
  const upstream = upstreams?.list.find(({ name }) => name === destination);
  return upstream?.models.find(({ id }) => id === model)?.price;
}
