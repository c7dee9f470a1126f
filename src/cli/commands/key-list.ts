import * as z from 'zod';
import { readText } from '../../bootstrap/files.ts';
import { KeyRecord } from '../../keys/key-record.ts';
import { hasExpired, type KeyLimits, type KeyScope, usualScopes } from '../../keys/policy.ts';
import { readKeyStore } from '../../keys/read-store.ts';
import { effectiveKeys, type KeyStore } from '../../keys/store.ts';
import { jsonOrUndefined } from '../../machine/json-text.ts';
import type { Paths } from '../../machine/paths.ts';
import { limitsText } from './key-policy.ts';
import { asText, columns } from './text.ts';

/** A key as it is listed: never a hash. */
export interface KeyRow {
  readonly name: string;
  readonly kind: string;
  /** ISO 8601 in UTC; null where nobody has noted it. */
  readonly created: string | null;
  readonly state: 'active' | 'expired' | 'revoked';
  /** What it may be used for; none of a revoked one. */
  readonly scopes: readonly KeyScope[];
  /** ISO 8601 in UTC; null for one that does not end by itself. */
  readonly expires: string | null;
  readonly limits: KeyLimits;
}

/** The part of gateway.json that is about keys; the rest may be another version's. */
const Configured = z.object({ keys: z.array(KeyRecord) });

/** The keys that context and VM give, and the store beside them. @throws KEY_STORE_UNREADABLE */
export async function readKeys(
  paths: Pick<Paths, 'gatewayConfiguration' | 'keyStore'>,
): Promise<{ readonly configured: readonly KeyRecord[]; readonly store: KeyStore }> {
  const [configuration, store] = await Promise.all([
    readText(paths.gatewayConfiguration),
    readKeyStore(paths.keyStore),
  ]);
  return { configured: configuredKeys(configuration), store };
}

function configuredKeys(text: string | undefined): readonly KeyRecord[] {
  // Where it makes no sense the agent writes it anew; until then no configured key works.
  return Configured.safeParse(jsonOrUndefined(text)).data?.keys ?? [];
}

/** Every key that works, worked until it expired, or was revoked, by name. */
export function keyRows(configured: readonly KeyRecord[], store: KeyStore, now: Date): readonly KeyRow[] {
  const added = new Map(store.keys.map(({ name, createdAt }) => [name, createdAt]));
  const kept = effectiveKeys(configured, store).map((record): KeyRow => {
    const { name, scopes = usualScopes, expiresAt = null, limits = {} } = record;
    const kind = added.has(name) ? 'added here' : kindOf(name);
    const state = hasExpired(record, now.getTime()) ? 'expired' : 'active';
    return { name, kind, created: added.get(name) ?? null, state, scopes, expires: expiresAt, limits };
  });
  const revoked = store.revoked.map(({ name }): KeyRow => {
    const nothing = { created: null, scopes: [], expires: null, limits: {} };
    return { name, kind: kindOf(name), state: 'revoked', ...nothing };
  });
  return [...kept, ...revoked].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function kindOf(name: string): string {
  if (name === 'generated') return 'made on this VM';
  return name === 'context' ? 'password of the context' : 'ONEAPP_COPILOT_API_KEYS';
}

export function keysText(rows: readonly KeyRow[]): string {
  if (rows.length === 0) {
    return 'There is no key yet. See: onepilot status\n';
  }
  const header = ['NAME', 'KIND', 'CREATED', 'STATE', 'SCOPES', 'EXPIRES', 'LIMITS'];
  return asText(columns([header, ...rows.map(cellsOf)]));
}

function cellsOf({ name, kind, created, state, scopes, expires, limits }: KeyRow): readonly string[] {
  return [name, kind, created ?? '-', state, scopes.join(',') || '-', expires ?? '-', limitsText(limits)];
}
