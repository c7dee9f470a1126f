import * as z from 'zod';
import { failure } from '../../errors/catalogue.ts';
import type { KeyPolicy } from '../../keys/policy.ts';
import { keyNamePattern, reservedKeyNames } from '../../keys/store.ts';
import { policyFields, policyOf, WrittenPolicy } from '../../keys/written-policy.ts';
import { Secret } from '../secret.ts';
import type { Description, Variable } from '../variable.ts';
import { type Fault, faultsOf, parseSecretYaml, plainText } from './secret-yaml.ts';

/** A named key of the context: the key itself, or only its SHA-256 in lower-case hex; and what it may do. */
export type ApiKey = { readonly name: string; readonly policy: KeyPolicy } & (
  | { readonly key: Secret }
  | { readonly sha256: string }
);

const nameRule = 'must be 1 to 63 of a-z, 0-9, dot, underscore and hyphen, the first a letter or digit';
const keyRule = 'must have 16 to 256 characters: letters, digits and ASCII signs, no spaces';
const hashRule = 'must be a SHA-256 of 64 hexadecimal digits';

const Entry = z.strictObject({
  name: z
    .string(nameRule)
    .regex(keyNamePattern, nameRule)
    .refine((name) => !reservedKeyNames.includes(name), 'is a name the appliance uses itself'),
  key: z
    .string(keyRule)
    .regex(/^[!-~]{16,256}$/, keyRule)
    .optional(),
  sha256: z
    .string(hashRule)
    .regex(/^[0-9a-fA-F]{64}$/, hashRule)
    .optional(),
  ...WrittenPolicy.shape,
});

/** Names alone, also of entries that are wrong otherwise. */
const Named = z.object({ name: z.string() });

const fieldNames = ['name', 'key', 'sha256', ...policyFields].join(', ').replace(/, (?=[^,]*$)/, ' and ');

/** A YAML list of `{name, key}` and `{name, sha256}`, each with its policy if it has one, in base64 as forms write it, or as it is. */
export function apiKeys(row: Description): Variable<readonly ApiKey[]> {
  return {
    ...row,
    input: 'text64',
    secret: true,
    offered: true,
    rule: 'a YAML list, in base64 or as it is, whose entries have a name and either a key or its sha256',
    default: [],
    shownDefault: '',
    read(raw) {
      const faults: Fault[] = [];
      const value = readList(plainText(raw), faults);
      if (faults.length === 0) return { value };
      const problems = faults.map(({ place, rule }) =>
        failure('CONTEXT_BAD_API_KEYS', { place: `${row.name}${place}`, rule }),
      );
      return { problems };
    },
  };
}

function readList(text: string, faults: Fault[]): ApiKey[] {
  const parsed = parseSecretYaml(text);
  if ('faults' in parsed) {
    faults.push(...parsed.faults);
    return [];
  }
  const { value: list } = parsed;
  if (!Array.isArray(list)) {
    faults.push({ place: '', rule: 'must be a YAML list: its lines begin with «- name:»' });
    return [];
  }
  const items: readonly unknown[] = list;
  const taken = new Set<string>();
  return items.flatMap((item, index) => {
    const place = `[${index}]`;
    const { data: named } = Named.safeParse(item);
    if (named && taken.has(named.name)) {
      faults.push({ place: `${place}.name`, rule: 'is the name of an earlier entry' });
    }
    if (named) taken.add(named.name);
    return readEntry(item, place, faults);
  });
}

function readEntry(item: unknown, place: string, faults: Fault[]): ApiKey[] {
  const entry = Entry.safeParse(item);
  if (!entry.success) {
    const found = entry.error.issues.flatMap((issue) => placed(issue, place));
    // Several items of one list may break its rule.
    faults.push(...new Map(found.map((fault) => [`${fault.place} ${fault.rule}`, fault])).values());
    return [];
  }
  const { name, key, sha256, ...written } = entry.data;
  const policy = policyOf(written);
  if (key !== undefined && sha256 === undefined) return [{ name, policy, key: new Secret(key) }];
  if (sha256 !== undefined && key === undefined) return [{ name, policy, sha256: sha256.toLowerCase() }];
  faults.push({ place, rule: 'must have either a key or a sha256' });
  return [];
}

function placed(issue: z.core.$ZodIssue, place: string): Fault[] {
  if (issue.code !== 'unrecognized_keys') {
    if (issue.path.length === 0) return [{ place, rule: 'must be an entry with name and key' }];
    return [{ place: `${place}.${String(issue.path[0])}`, rule: issue.message }];
  }
  return faultsOf(issue, fieldNames).map((fault) => ({ ...fault, place: `${place}${fault.place}` }));
}
