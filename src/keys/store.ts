import * as z from 'zod';
import { failure } from '../errors/catalogue.ts';
import { jsonOrUndefined } from '../machine/json-text.ts';
import { GeneratedKeyRecord, type KeyRecord } from './key-record.ts';
import { KeyPolicy } from './policy.ts';
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
type AddedKey = z.infer<typeof AddedKey>;

/** A store to be kept, and the key that is in it by its hash alone. */
export interface FreshKey {
  readonly store: KeyStore;
  readonly key: string;
}

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
 * @param policy What it may do; the usual, without limits, unless given.
 * @throws KEY_NAME_BAD, KEY_NAME_TAKEN
 */
export function addKey(
  store: KeyStore,
  name: string,
  now: Date,
  configured: readonly KeyRecord[] = [],
  policy: KeyPolicy = {},
): FreshKey {
  if (!keyNamePattern.test(name) || reservedKeyNames.includes(name)) {
    throw failure('KEY_NAME_BAD', { name: shown(name), reserved: reservedKeyNames.join(', ') });
  }
  if ([...store.keys, ...configured].some((known) => known.name === name)) {
    throw failure('KEY_NAME_TAKEN', { name });
  }
  const { key, added } = freshKey(name, now, policy);
  return { store: { ...store, keys: [...store.keys, added] }, key };
}

/** Gives the added key `name` the policy that `change` makes of its own. @throws KEY_UNKNOWN, KEY_OF_CONTEXT, KEY_INITIAL */
export function changeKey(
  store: KeyStore,
  name: string,
  change: (policy: KeyPolicy) => KeyPolicy,
  configured: readonly KeyRecord[],
): KeyStore {
  const known = addedKey(store, name, configured);
  const { algorithm, hash, createdAt } = known;
  return replaced(store, known, { name, algorithm, hash, createdAt, ...change(policyIn(known)) });
}

/**
 * Puts a new key in the place of the added one `name`, which ends; what it may do stays.
 * @throws KEY_UNKNOWN, KEY_OF_CONTEXT, KEY_INITIAL
 */
export function rotateKey(
  store: KeyStore,
  name: string,
  now: Date,
  configured: readonly KeyRecord[],
): FreshKey {
  const known = addedKey(store, name, configured);
  const { key, added } = freshKey(name, now, policyIn(known));
  return { store: replaced(store, known, added), key };
}

/**
 * Makes the key `name` stop working: an added one is forgotten, a configured one's name and hash are kept,
 * since the configuration goes on naming it. The last effective key may go too. @throws KEY_UNKNOWN
 */
export function revokeKey(store: KeyStore, name: string, configured: readonly KeyRecord[]): KeyStore {
  checkKnown(store, name, configured);
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

function freshKey(name: string, now: Date, policy: KeyPolicy): { key: string; added: AddedKey } {
  const key = generateKey();
  const { hash } = recordGenerated(name, key);
  return { key, added: { name, algorithm: 'sha256', hash, createdAt: now.toISOString(), ...policy } };
}

function addedKey(store: KeyStore, name: string, configured: readonly KeyRecord[]): AddedKey {
  const added = store.keys.find((known) => known.name === name);
  if (added) return added;
  checkKnown(store, name, configured);
  throw reservedKeyNames.includes(name)
    ? failure('KEY_INITIAL', { name })
    : failure('KEY_OF_CONTEXT', { name });
}

function checkKnown(store: KeyStore, name: string, configured: readonly KeyRecord[]): void {
  const effective = effectiveKeys(configured, store);
  if (effective.some((known) => known.name === name)) return;
  const names = effective.map((known) => known.name).join(', ') || 'none';
  throw failure('KEY_UNKNOWN', { name: shown(name), names });
}

function policyIn(known: AddedKey): KeyPolicy {
  return z.object(KeyPolicy.shape).parse(known);
}

function replaced(store: KeyStore, known: AddedKey, by: AddedKey): KeyStore {
  return { ...store, keys: store.keys.map((key) => (key === known ? by : key)) };
}

/** A name as it was typed, fit for one line of a terminal. */
function shown(name: string): string {
  return name.replace(/\p{Cc}/gu, '?').slice(0, 64);
}
