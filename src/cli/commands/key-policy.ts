import type { KeyLimits, KeyPolicy } from '../../keys/policy.ts';
import { policyFields, policyOf, WrittenPolicy, writtenPolicy } from '../../keys/written-policy.ts';
import type { Call } from './command.ts';
import { usage } from './usage.ts';

/** What takes a restriction away again. */
const nothing = 'none';

/**
 * The change that the options of a call ask for. What they do not name stays, and `none` takes away.
 * @throws COMMAND_USAGE, which names every option that is wrong
 */
export function policyChange(
  { value, world }: Pick<Call, 'value' | 'world'>,
  command: string,
): { readonly isEmpty: boolean; readonly apply: (policy: KeyPolicy) => KeyPolicy } {
  const given = policyFields.flatMap((name) => {
    const text = value(name);
    return text === undefined ? [] : [{ name, text: text.trim() }];
  });
  const now = world.now();
  const texts = given
    .filter(({ text }) => text !== nothing)
    .map(({ name, text }) => [name, name === 'expires' ? moment(text, now) : text]);
  const written = WrittenPolicy.safeParse(Object.fromEntries(texts));
  const problems = written.error?.issues.map(({ path, message }) => `--${String(path[0])} ${message}.`) ?? [];
  const expires = written.data?.expires;
  if (expires !== undefined && Date.parse(expires) <= now.getTime()) {
    problems.push('--expires must be in the future.');
  }
  if (problems.length > 0) throw usage([...new Set(problems)].join(' '), command);
  const cleared = Object.fromEntries(given.map(({ name }) => [name, undefined]));
  return {
    isEmpty: given.length === 0,
    apply: (policy) => policyOf({ ...writtenPolicy(policy), ...cleared, ...written.data }),
  };
}

/** `90d` as the time it means at `now`; other texts as they are. */
function moment(text: string, now: Date): string {
  const days = /^([1-9]\d{0,4})d$/.exec(text)?.[1];
  return days === undefined ? text : new Date(now.getTime() + Number(days) * 86_400_000).toISOString();
}

/** The limits of a key in one line of a list; `-` where it has none. */
export function limitsText({ requestsPerMinute, concurrent, tokensPerDay, models }: KeyLimits): string {
  const parts = [
    requestsPerMinute !== undefined && `${requestsPerMinute} requests/min`,
    concurrent !== undefined && `${concurrent} at a time`,
    tokensPerDay !== undefined && `${tokensPerDay} tokens/day`,
    models && `only ${models.join(' ')}`,
  ];
  return parts.filter((part) => part).join(', ') || '-';
}
