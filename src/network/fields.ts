import { isIPv4 } from 'node:net';
import type { RawValues } from '../context/context-sh.ts';
import { asProblem, given } from '../context/parse.ts';
import { shown } from '../context/shown.ts';
import { type ErrorCode, type ErrorValues, failure } from '../errors/catalogue.ts';
import type { ContextProblem } from '../gateway/configuration.ts';
import { isIPv6 } from './address.ts';

/** The variables of one NIC, of one alias of a NIC, or those of the whole VM. */
export type Fields = ReturnType<typeof fieldsOf>;

/**
 * Reads the variables whose names begin with `prefix`, for example `ETH0_`. Each reader returns undefined where
 * nothing is given, and also for a value that is wrong, which is then in `problems`.
 */
export function fieldsOf(values: RawValues, prefix: string, problems: ContextProblem[]) {
  const get = (key: string) => given(values, prefix + key);
  const report = <Code extends ErrorCode>(code: Code, key: string, details: ErrorValues<Code>): undefined => {
    problems.push(asProblem(failure(code, details), prefix + key));
  };
  const accepted = (key: string, found: string, expected: string, accept: (text: string) => boolean) => {
    if (accept(found)) return true;
    report('CONTEXT_BAD_ADDRESS', key, { variable: prefix + key, found: shown(found), expected });
    return false;
  };
  /** The value if `accept` does. */
  const checked = (key: string, expected: string, accept: (text: string) => boolean): string | undefined => {
    const found = get(key);
    return found !== undefined && accepted(key, found, expected, accept) ? found : undefined;
  };
  return {
    get,
    report,
    checked,
    ipv4: (key: string) => checked(key, 'IPv4 address', isIPv4),
    ipv6: (key: string) => checked(key, 'IPv6 address', isIPv6),
    /** The accepted ones of the values that blanks or commas separate. */
    list: (key: string, expected: string, accept: (text: string) => boolean): string[] =>
      (get(key)?.split(/[\s,]+/) ?? []).filter((found) => found && accepted(key, found, expected, accept)),
    /** In lower case. */
    choice(key: string, allowed: readonly string[]): string | undefined {
      const found = get(key)?.toLowerCase();
      if (found === undefined || allowed.includes(found)) return found;
      const expected = allowed.join(', ');
      return report('CONTEXT_BAD_METHOD', key, { variable: prefix + key, found: shown(found), expected });
    },
    number(key: string, minimum: number, maximum: number, example: number): number | undefined {
      const found = get(key);
      if (found === undefined) return undefined;
      const number = /^\d{1,10}$/.test(found) ? Number(found) : -1;
      if (number >= minimum && number <= maximum) return number;
      const details = { variable: prefix + key, found: shown(found), minimum, maximum, example };
      return report('CONTEXT_BAD_NUMBER', key, details);
    },
    /** YES as one-apps understands it. */
    isTrue: (key: string) => /^(1|true|yes|y)$/i.test(get(key) ?? ''),
  };
}
