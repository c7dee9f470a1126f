import { daysBefore } from '../../gateway/ledger/day.ts';
import { usageDimensions } from '../../gateway/ledger/usage.ts';
import type { Call, Result } from './command.ts';
import { done } from './exit-codes.ts';
import { usageText } from './token-usage-text.ts';
import { usage } from './usage.ts';

/** What ONEAPP_COPILOT_USAGE_DAYS can be at most. */
const mostDays = 3650;

/** `onepilot usage`. @throws COMMAND_USAGE, GATEWAY_CONTROL_UNREACHABLE, GATEWAY_USAGE_UNTOLD */
export async function tokenUsage({ value, world }: Pick<Call, 'value' | 'world'>): Promise<Result> {
  const days = wantedDays(value('days') ?? '30');
  const by = wantedDimensions(value('by') ?? 'key,model');
  const key = value('key');
  const now = world.now().getTime();
  const query = new URLSearchParams({
    from: daysBefore(now, days - 1),
    to: daysBefore(now, 0),
    group_by: by,
    ...(key !== undefined && { key }),
  });
  const report = await world.askUsage(query);
  return { code: done, text: usageText(report), json: report };
}

function wantedDays(text: string): number {
  const days = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= mostDays) return days;
  throw usage(`--days takes a whole number from 1 to ${mostDays}.`, 'usage');
}

function wantedDimensions(text: string): string {
  const names = text.split(',').map((name) => name.trim());
  const known: readonly string[] = usageDimensions;
  if (names.every((name) => known.includes(name))) return names.join(',');
  throw usage(`--by takes some of ${usageDimensions.join(', ')}, separated by commas.`, 'usage');
}
