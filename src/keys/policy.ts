import * as z from 'zod';

/** What a key may be used for: talking to a model, completing code, embedding, and reading what everybody does. */
export const keyScopes = ['chat', 'complete', 'embed', 'admin'] as const;
export const KeyScope = z.enum(keyScopes);
export type KeyScope = z.infer<typeof KeyScope>;

/** What a key that names no scopes may be used for: the work, and nobody else's figures. */
export const usualScopes: readonly KeyScope[] = ['chat', 'complete', 'embed'];

/** Each is without limit where it is left out. */
export const KeyLimits = z.strictObject({
  requestsPerMinute: z.int().min(1).optional(),
  /** Requests that wait or run at the same time. */
  concurrent: z.int().min(1).optional(),
  /** Prompt and answer together, in UTC days. */
  tokensPerDay: z.int().min(1).optional(),
  /** Ids of the models it may ask for. */
  models: z.array(z.string()).min(1).readonly().optional(),
});
export type KeyLimits = z.infer<typeof KeyLimits>;

/** What a key may do, for how long and how much. */
export const KeyPolicy = z.strictObject({
  scopes: z.array(KeyScope).min(1).readonly().optional(),
  /** ISO 8601 in UTC; from then on the key is refused. */
  expiresAt: z.iso.datetime().optional(),
  limits: KeyLimits.optional(),
});
export type KeyPolicy = z.infer<typeof KeyPolicy>;

/** Whether a key has ended by itself. @param now Milliseconds since 1970. */
export function hasExpired({ expiresAt }: KeyPolicy, now: number): boolean {
  return expiresAt !== undefined && now >= Date.parse(expiresAt);
}
