import type { UsageReport } from '../../gateway/ledger/usage-report.ts';
import { asText, columns } from './text.ts';

type Entry = UsageReport['data'][number];

/** The report as a table with a sum. */
export function usageText({ from, to, group_by: dimensions, data, has_more: more }: UsageReport): string {
  const span = from === to ? `on ${from}` : `from ${from} to ${to}`;
  if (data.length === 0) return `No request for a model ${span} (UTC).\n`;
  const currency = data.find(({ cost }) => cost)?.cost?.currency;
  const charging = currenciesOf(data);
  const header = [
    'requests',
    'failed',
    'tokens in',
    'from cache',
    'tokens out',
    ...(currency ? [currency] : []),
    ...charging.map((name) => `charged ${name}`),
  ];
  const named = data.map((entry) => ({
    names: dimensions.map((dimension) => entry[dimension] ?? ''),
    figures: figuresOf([entry], currency, charging),
  }));
  const sum = {
    names: ['all', ...dimensions.slice(1).map(() => '')],
    figures: figuresOf(data, currency, charging),
  };
  const rows = data.length > 1 ? [...named, sum] : named;
  const widths = header.map((title, at) =>
    Math.max(title.length, ...rows.map(({ figures }) => figures[at]?.length ?? 0)),
  );
  const right = (cells: readonly string[]) => cells.map((cell, at) => cell.padStart(widths[at] ?? 0));
  return asText([
    `Use ${span} (UTC):`,
    '',
    ...columns([
      [...dimensions, ...right(header)],
      ...rows.map(({ names, figures }) => [...names, ...right(figures)]),
    ]),
    ...(more ? ['', 'There is more: ask for fewer days, or tell less apart.'] : []),
    ...(currency
      ? ['', `${currency}: what the same tokens would cost at the price in ONEAPP_COPILOT_USAGE_PRICE.`]
      : []),
    ...(charging.length > 0
      ? ['', 'charged: what upstreams ask for their tokens, at the prices in ONEAPP_COPILOT_UPSTREAMS.']
      : []),
  ]);
}

/** Those in which upstreams charged. */
function currenciesOf(entries: readonly Entry[]): readonly string[] {
  const charges = entries.flatMap(({ charged = [] }) => charged);
  return [...new Set(charges.map(({ currency }) => currency))].toSorted();
}

function figuresOf(
  entries: readonly Entry[],
  currency: string | undefined,
  charging: readonly string[],
): readonly string[] {
  const sum = (figure: (entry: Entry) => number) =>
    entries.reduce((total, entry) => total + figure(entry), 0);
  const counts = [
    sum((entry) => entry.num_model_requests),
    sum(({ outcomes }) => outcomes.failed),
    sum((entry) => entry.input_tokens),
    sum((entry) => entry.input_cached_tokens),
    sum((entry) => entry.output_tokens),
  ];
  const cost = currency === undefined ? [] : [sum(({ cost: of }) => of?.value ?? 0).toFixed(2)];
  const charges = entries.flatMap(({ charged = [] }) => charged);
  const charged = charging.map((name) =>
    charges
      .filter((charge) => charge.currency === name)
      .reduce((total, { value }) => total + value, 0)
      .toFixed(2),
  );
  return [...counts.map((count) => count.toLocaleString('en-US')), ...cost, ...charged];
}
