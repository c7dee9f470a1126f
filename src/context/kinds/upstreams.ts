import { X509Certificate } from 'node:crypto';
import * as z from 'zod';
import { upstreamNamePattern } from '../../egress/configuration.ts';
import { failure } from '../../errors/catalogue.ts';
import { local } from '../../gateway/destinations/destination.ts';
import { type UpstreamModel, UpstreamRole } from '../../gateway/upstreams/configuration.ts';
import { Secret } from '../secret.ts';
import type { Description, Variable } from '../variable.ts';
import { parsePrice } from './price.ts';
import { type Fault, faultsOf, parseSecretYaml, plainText } from './secret-yaml.ts';

/** Another endpoint of OpenAI's kind, as the context names it. */
export interface UpstreamSetting {
  readonly name: string;
  /** The base URL, without a slash at its end. Like the key it must not be shown. */
  readonly url: Secret;
  readonly key: Secret | undefined;
  readonly models: readonly UpstreamModel[];
  readonly fallback: boolean;
  /** PEM. */
  readonly ca: string | undefined;
}

/** Tokens, where nothing is said: few clouds offer less. */
const usualContext = 131_072;
const smallestContext = 512;
const largestContext = 10_485_760;

const rules = {
  name: `must be 1 to 32 of a-z, 0-9 and hyphen, the first a letter or digit, and not ${local}`,
  url: 'must be a URL with https://, without user name, password and anything behind the path',
  key: 'must have 1 to 512 characters: letters, digits and ASCII signs, no spaces',
  models: 'must be a list of 1 to 64 models, each with an id',
  id: 'must have 1 to 128 characters: letters, digits and ASCII signs, no spaces',
  as: 'must be 1 to 128 of letters, digits, dot, underscore, colon, slash and hyphen, the first a letter or digit',
  context: `must be a whole number from ${smallestContext} to ${largestContext}`,
  price: 'must be the prices of a million tokens of prompts and of answers with a currency, as 3/15 USD',
  role: 'must be chat or embed',
  fallback: 'must be true or false',
  ca: 'must be one or more certificates in PEM',
} as const;

const text = (rule: string, pattern: RegExp) => z.string(rule).regex(pattern, rule);

const Model = z.strictObject(
  {
    id: text(rules.id, /^[!-~]{1,128}$/),
    as: text(rules.as, /^[A-Za-z0-9][\w.:/-]{0,127}$/).optional(),
    context: text(rules.context, /^\d{1,8}$/)
      .transform(Number)
      .refine((size) => size >= smallestContext && size <= largestContext, rules.context)
      .default(usualContext),
    price: z
      .string(rules.price)
      .refine((written) => parsePrice(written) !== undefined, rules.price)
      .optional(),
    role: z.enum(UpstreamRole.options, rules.role).default('chat'),
  },
  rules.models,
);

const Entry = z.strictObject(
  {
    name: text(rules.name, upstreamNamePattern).refine((name) => name !== local, rules.name),
    url: z.string(rules.url).refine((url) => baseUrl(url) !== undefined, rules.url),
    key: text(rules.key, /^[!-~]{1,512}$/).optional(),
    models: z.array(Model, rules.models).min(1, rules.models).max(64, rules.models),
    fallback: z
      .enum(['true', 'false'], rules.fallback)
      .transform((word) => word === 'true')
      .default(false),
    ca: z.string(rules.ca).refine(areCertificates, rules.ca).optional(),
  },
  'must be an entry with name, url and models',
);

const Entries = z.array(Entry, 'must be a YAML list: its entries begin with «- name:»');
type Entry = z.infer<typeof Entry>;

const fields = 'name, url, key, models, fallback and ca, and of a model id, as, context, price and role';

/** A YAML list of upstreams, in base64 as forms write it, or as it is. */
export function upstreams(row: Description): Variable<readonly UpstreamSetting[]> {
  return {
    ...row,
    input: 'text64',
    secret: true,
    offered: true,
    rule: 'a YAML list, in base64 or as it is, whose entries have a name, a url, a key and models',
    default: [],
    shownDefault: '',
    read(raw) {
      const reading = readEntries(plainText(raw));
      if ('entries' in reading) return { value: reading.entries.map(setting) };
      const problems = reading.faults.map(({ place, rule }) =>
        failure('CONTEXT_BAD_UPSTREAMS', { place: `${row.name}${place}`, rule }),
      );
      return { problems };
    },
  };
}

function readEntries(
  yaml: string,
): { readonly entries: readonly Entry[] } | { readonly faults: readonly Fault[] } {
  const parsed = parseSecretYaml(yaml);
  if ('faults' in parsed) return parsed;
  const { success, data, error } = Entries.safeParse(parsed.value);
  const faults = [
    ...(error?.issues ?? []).flatMap((issue) => faultsOf(issue, fields)),
    ...repeatedNames(parsed.value),
  ];
  return success && faults.length === 0 ? { entries: data } : { faults };
}

/** Names alone, also of entries that are wrong otherwise. */
const Named = z.array(
  z
    .object({
      name: z.string(),
      models: z.array(z.object({ id: z.string(), as: z.string().optional() }).catch({ id: '' })).catch([]),
    })
    .catch({ name: '', models: [] }),
);

function repeatedNames(value: unknown): Fault[] {
  const entries = Named.safeParse(value).data ?? [];
  const twice = (names: readonly string[], place: (index: number) => string): Fault[] =>
    names.flatMap((name, index) =>
      name !== '' && names.indexOf(name) < index
        ? [{ place: place(index), rule: 'has the name of an earlier one' }]
        : [],
    );
  return [
    ...twice(
      entries.map(({ name }) => name),
      (index) => `[${index}]`,
    ),
    ...entries.flatMap(({ models }, entry) =>
      twice(
        models.map(({ id, as }) => as ?? id),
        (index) => `[${entry}].models[${index}]`,
      ),
    ),
  ];
}

function setting({ name, url, key, models, fallback, ca }: Entry): UpstreamSetting {
  return {
    name,
    url: new Secret(baseUrl(url) ?? url),
    key: key === undefined ? undefined : new Secret(key),
    models: models.map(modelOf),
    fallback,
    ca,
  };
}

function modelOf({
  id,
  as: ours = id,
  context,
  price: written,
  role,
}: Entry['models'][number]): UpstreamModel {
  const price = written === undefined ? undefined : parsePrice(written);
  return { id: ours, upstreamId: id, role, contextSize: context, ...(price && { price }) };
}

/** As OpenAI's clients take it: `/chat/completions` is added; a bare host gets the usual `/v1`. */
function baseUrl(written: string): string | undefined {
  const url = URL.parse(written);
  if (url?.protocol !== 'https:' || !/^https:\/\/[!-~]+$/i.test(written)) return undefined;
  if (url.username !== '' || url.password !== '' || /[?#\\]/.test(written)) return undefined;
  const path = url.pathname.replace(/\/+$/, '');
  return `${url.origin}${path === '' ? '/v1' : path}`;
}

function areCertificates(pem: string): boolean {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.length > 0 && blocks.every((block) => new X509Certificate(block).raw.length > 0);
  } catch {
    return false;
  }
}
