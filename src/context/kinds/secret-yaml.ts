import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';

/** Where in a value something is wrong, and the rule it breaks. Neither holds what stands there: it may be secret. */
export interface Fault {
  readonly place: string;
  readonly rule: string;
}

/** From so many characters on, the name of a field may be a key that slipped there, and is not told. */
const shortestKey = 16;

/** The text that a form has sent in base64, or that stands there as it is. */
export function plainText(raw: string): string {
  const text = raw.replace(/\s/g, '');
  const isBase64 = text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
  return isBase64 ? Buffer.from(text, 'base64').toString('utf8') : raw;
}

/** Every scalar as the text it was written as. The parser's own messages quote what they stumble over: a key, maybe. */
export function parseSecretYaml(
  text: string,
): { readonly value: unknown } | { readonly faults: readonly Fault[] } {
  const lineCounter = new LineCounter();
  const options = { schema: 'failsafe', lineCounter, prettyErrors: false, logLevel: 'silent' } as const;
  const document = parseDocument(text, options);
  if (document.errors.length > 0) {
    return {
      faults: document.errors.map(({ pos }) => ({
        place: '',
        rule: `is no YAML: look at line ${lineCounter.linePos(pos[0]).line}`,
      })),
    };
  }
  try {
    return { value: document.toJS({ maxAliasCount: 0 }) };
  } catch {
    return { faults: [{ place: '', rule: 'must not use aliases' }] };
  }
}

/** What a schema found. @param fields those it knows, by name */
export function faultsOf(issue: z.core.$ZodIssue, fields: string): Fault[] {
  const place = issue.path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('');
  if (issue.code !== 'unrecognized_keys') return [{ place, rule: issue.message }];
  return issue.keys.map((field) => ({
    place,
    rule: `has a field ${fieldShown(field)}, which this version does not know: there are ${fields}`,
  }));
}

function fieldShown(field: string): string {
  return /^[\w-]+$/.test(field) && field.length < shortestKey ? `«${field}»` : 'with another name';
}
