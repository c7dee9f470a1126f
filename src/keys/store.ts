import { z } from 'zod';
import { failure } from '../errors/catalogue.ts';
import { jsonOrUndefined } from '../machine/json-text.ts';
import { GeneratedKeyRecord, type KeyRecord } from './key-record.ts';
import { generateKey, recordGenerated } from './record.ts';

/** Names an admin may give a key: they appear in the log, in lists and in headers. */
export const keyNamePattern = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** The initial keys' names: the one made on the VM, the password of the context (src/bootstrap/current.ts). */
export const reservedKeyNames: readonly string[] = ['generated', 'context'];

/** A key that was added on the VM. `createdAt` is ISO 8601 in UTC. */
const AddedKey = GeneratedKeyRecord.extend({
  name: z.string().regex(keyNamePattern),
  createdAt: z.iso.datetime(),
});

/** `/etc/onepilot/keys.json`, written by `onepilot keys` alone, read by the gateway; need not exist. */
export const KeyStore = z.strictObject({
  keys: z.array(AddedKey).readonly(),
  /**
   * Configured keys that no longer work although the configuration names them. By hash: another password or
   * key that the context gives under the same name is another key.
   */
  revoked: z.array(z.strictObject({ name: z.string(), hash: z.string() })).readonly(),
});
export type KeyStore = z.infer<typeof KeyStore>;

export const emptyKeyStore: KeyStore = { keys: [], revoked: [] };

/** The store in `text`, which came from `path`. @throws KEY_STORE_UNREADABLE, which quotes nothing */
export function parseKeyStore(path: string, text: string): KeyStore {
  const parsed = KeyStore.safeParse(jsonOrUndefined(text));
  if (parsed.success) return parsed.data;
  throw failure('KEY_STORE_UNREADABLE', { path, reason: z.prettifyError(parsed.error) });
}

/**
 * Makes a new key. It is in the answer alone: the store keeps its hash.
 * @param configured The configuration's keys, whose names are taken too, revoked or not.
 * @throws KEY_NAME_BAD, KEY_NAME_TAKEN
 */
export function addKey(
  store: KeyStore,
  name: string,
  now: Date,
  configured: readonly KeyRecord[] = [],
): { readonly store: KeyStore; readonly key: string } {
  if (!keyNamePattern.test(name) || reservedKeyNames.includes(name)) {
    throw failure('KEY_NAME_BAD', { name: shown(name), reserved: reservedKeyNames.join(', ') });
  }
  if ([...store.keys, ...configured].some((known) => known.name === name)) {
    throw failure('KEY_NAME_TAKEN', { name });
  }
  const key = generateKey();
  const { hash } = recordGenerated(name, key);
  const added = { name, algorithm: 'sha256', hash, createdAt: now.toISOString() } as const;
  return { store: { ...store, keys: [...store.keys, added] }, key };
}

/**
 * Makes the key `name` stop working: an added one is forgotten, a configured one's name and hash are kept,
 * since the configuration goes on naming it. The last effective key may go too. @throws KEY_UNKNOWN
 */
export function revokeKey(store: KeyStore, name: string, configured: readonly KeyRecord[]): KeyStore {
  const effective = effectiveKeys(configured, store);
  if (!effective.some((known) => known.name === name)) {
    const names = effective.map((known) => known.name).join(', ') || 'none';
    throw failure('KEY_UNKNOWN', { name: shown(name), names });
  }
  const ended = configured.filter((known) => known.name === name && !isRevoked(known, store));
  return {
    keys: store.keys.filter((known) => known.name !== name),
    revoked: [...store.revoked, ...ended.map(({ hash }) => ({ name, hash }))],
  };
}

/** The keys that work: the configured ones that were not revoked, and those added. */
export function effectiveKeys(configured: readonly KeyRecord[], store: KeyStore): readonly KeyRecord[] {
  return [...configured.filter((known) => !isRevoked(known, store)), ...store.keys];
}

/** Whether this very key was revoked: another that has its name was not. */
export function isRevoked({ name, hash }: KeyRecord, { revoked }: KeyStore): boolean {
  return revoked.some((ended) => ended.name === name && ended.hash === hash);
}

/** A name as it was typed, fit for one line of a terminal. */
function shown(name: string): string {
  return name.replace(/\p{Cc}/gu, '?').slice(0, 64);
}
