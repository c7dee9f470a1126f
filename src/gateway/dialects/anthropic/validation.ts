import * as z from 'zod';
import type { JsonObject } from '../../json.ts';

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

const article = (noun: string) => (/^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`);

/** What a value should have been, such as "a string": an issue's message, as `invalid_parameter` wants it. */
export function expectation(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' ? 'a whole number' : article(issue.expected);
    case 'invalid_value':
      return issue.values.map((value) => JSON.stringify(value)).join(' or ');
    case 'too_small':
      return issue.origin === 'array' ? 'an array that is not empty' : `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'invalid_union':
      return 'a known type';
    default:
      return 'valid';
  }
}

/** The path of a field as clients know it, such as `messages[0].content`. */
export function parameterAt(path: readonly PropertyKey[]): string {
  return path.reduce<string>((whole, step) => {
    if (typeof step === 'number') return `${whole}[${step}]`;
    return whole === '' ? String(step) : `${whole}.${String(step)}`;
  }, '');
}

/** Any object, taken over as it is. Bodies are parsed JSON, so whatever is in it is JSON. */
export const jsonObject = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  { error: 'an object' },
);
