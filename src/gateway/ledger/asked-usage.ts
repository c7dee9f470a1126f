import { invalidParameter } from '../fault.ts';
import { dayOf, daysBefore } from './day.ts';
import { UsageDay, type UsageDimension, type UsageQuery, usageDimensions } from './usage.ts';

/** Days that are shown unless others are asked for, today included. */
const usualDays = 30;

/**
 * The query of a URL: `from` and `to` (days in UTC, both included), `group_by` (dimensions separated by commas, or
 * given several times). Throws `invalid_parameter`.
 * @param now Milliseconds since 1970.
 */
export function askedUsage(query: URLSearchParams, now: number): Omit<UsageQuery, 'key'> {
  const to = askedDay(query, 'to') ?? dayOf(now);
  const from = askedDay(query, 'from') ?? daysBefore(Date.parse(to), usualDays - 1);
  if (from > to) throw invalidParameter('from', `no later than ${to}`);
  return { from, to, groupBy: askedDimensions(query) };
}

function askedDay(query: URLSearchParams, name: string): string | undefined {
  const day = query.get(name);
  if (day === null) return undefined;
  const read = UsageDay.safeParse(day);
  if (!read.success) throw invalidParameter(name, 'a day in UTC, such as "2026-11-21"');
  return read.data;
}

function askedDimensions(query: URLSearchParams): readonly UsageDimension[] {
  const names = ['group_by', 'group_by[]']
    .flatMap((name) => query.getAll(name))
    .flatMap((list) => list.split(','));
  const known = usageDimensions.filter((dimension) => names.includes(dimension));
  if (known.length !== new Set(names).size)
    throw invalidParameter('group_by', `some of ${usageDimensions.join(', ')}`);
  return known.length > 0 ? known : ['day', 'model'];
}
