import { z } from 'zod';
import { readText } from '../../bootstrap/files.ts';
import { KeyRecord } from '../../keys/key-record.ts';
import { readKeyStore } from '../../keys/read-store.ts';
import { effectiveKeys, type KeyStore } from '../../keys/store.ts';
import { jsonOrUndefined } from '../../machine/json-text.ts';
import type { Paths } from '../../machine/paths.ts';
import { asText, columns } from './text.ts';

/** A key as it is listed: never a hash. */
export interface KeyRow {
  readonly name: string;
  readonly kind: string;
  /** ISO 8601 in UTC; null where nobody has noted it. */
  readonly created: string | null;
  readonly state: 'active' | 'revoked';
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

/** Every key that works or was revoked, by name. */
export function keyRows(configured: readonly KeyRecord[], store: KeyStore): readonly KeyRow[] {
  const added = new Map(store.keys.map(({ name, createdAt }) => [name, createdAt]));
  const row = (name: string, state: KeyRow['state']): KeyRow => ({
    name,
    kind: added.has(name) && state === 'active' ? 'added here' : kindOf(name),
    created: (state === 'active' && added.get(name)) || null,
    state,
  });
  return [
    ...effectiveKeys(configured, store).map(({ name }) => row(name, 'active')),
    ...store.revoked.map(({ name }) => row(name, 'revoked')),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function kindOf(name: string): string {
  if (name === 'generated') return 'made on this VM';
  return name === 'context' ? 'password of the context' : 'ONEAPP_COPILOT_API_KEYS';
}

export function keysText(rows: readonly KeyRow[]): string {
  if (rows.length === 0) {
    return 'There is no key yet. See: onepilot status\n';
  }
  const header = ['NAME', 'KIND', 'CREATED', 'STATE'];
  return asText(
    columns([header, ...rows.map(({ name, kind, created, state }) => [name, kind, created ?? '-', state])]),
  );
}
