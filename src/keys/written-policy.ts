import * as z from 'zod';
import { type KeyPolicy, keyScopes } from './policy.ts';

const scopesRule = `must be a list of ${keyScopes.slice(0, -1).join(', ')} and ${keyScopes.at(-1)}, separated by commas`;
const modelsRule = 'must be a list of model ids, separated by commas';
const countRule = 'must be a whole number from 1 to 999999999999';
const expiryRule = 'must be a date like 2027-01-31, or a time like 2027-01-31T18:00:00Z';

const Moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

/** ISO 8601 in UTC. A date is its first moment. */
const expiry = z
  .string(expiryRule)
  .refine((text) => Moment.safeParse(text).success, expiryRule)
  .transform((text) => new Date(text).toISOString())
  // In UTC it may be of a year that four digits cannot tell.
  .pipe(z.iso.datetime(expiryRule));

const count = z
  .string(countRule)
  .regex(/^[1-9]\d{0,11}$/, countRule)
  .transform(Number);

/** A text with commas or spaces between its items, or a list of items. */
const texts = (rule: string) =>
  z.union(
    [z.string().transform((text) => text.split(/[\s,]+/).filter((item) => item !== '')), z.array(z.string())],
    rule,
  );

const scopes = texts(scopesRule)
  .pipe(z.array(z.enum(keyScopes, scopesRule)).min(1, scopesRule))
  .transform((found) => [...new Set(found)]);

const models = texts(modelsRule)
  .pipe(z.array(z.string().regex(/^[^\s,]{1,256}$/, modelsRule)).min(1, modelsRule))
  .transform((found) => [...new Set(found)]);

/** A policy as people write it: each value a text, a list also as a list of texts. Rules never quote a value. */
export const WrittenPolicy = z.strictObject({
  scopes: scopes.optional(),
  expires: expiry.optional(),
  'requests-per-minute': count.optional(),
  concurrent: count.optional(),
  'tokens-per-day': count.optional(),
  models: models.optional(),
});
export type WrittenPolicy = z.infer<typeof WrittenPolicy>;

/** Every field that a policy can have, by the name that people write. */
export type PolicyField = keyof WrittenPolicy;
export const policyFields: readonly PolicyField[] = WrittenPolicy.keyof().options;

/** What people wrote, as the gateway keeps it; what they left out is left out. */
export function policyOf(written: WrittenPolicy): KeyPolicy {
  const { scopes, expires, concurrent, models } = written;
  const { 'requests-per-minute': requestsPerMinute, 'tokens-per-day': tokensPerDay } = written;
  const limits = {
    ...(requestsPerMinute !== undefined && { requestsPerMinute }),
    ...(concurrent !== undefined && { concurrent }),
    ...(tokensPerDay !== undefined && { tokensPerDay }),
    ...(models !== undefined && { models }),
  };
  return {
    ...(scopes !== undefined && { scopes }),
    ...(expires !== undefined && { expiresAt: expires }),
    ...(Object.keys(limits).length > 0 && { limits }),
  };
}

/** The reverse of `policyOf`. */
export function writtenPolicy({ scopes, expiresAt, limits = {} }: KeyPolicy): WrittenPolicy {
  const { requestsPerMinute, concurrent, tokensPerDay, models } = limits;
  return {
    scopes: scopes && [...scopes],
    expires: expiresAt,
    'requests-per-minute': requestsPerMinute,
    concurrent,
    'tokens-per-day': tokensPerDay,
    models: models && [...models],
  };
}
