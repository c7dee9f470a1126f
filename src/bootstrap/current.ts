import { createHmac, randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import * as z from 'zod';
import { type Identity, splitIdentity } from '../certificates/identity.ts';
import { authorityNeeded, leafNeeded, type Subjects } from '../certificates/own-ca/decide.ts';
import type { Secret } from '../context/secret.ts';
import type { Settings } from '../context/variables.ts';
import { parsePreset } from '../engine/preset.ts';
import { failure, OnePilotError } from '../errors/catalogue.ts';
import { GatewayConfiguration } from '../gateway/configuration.ts';
import type { KeyRecord } from '../keys/key-record.ts';
import { type KeyPolicy, keyScopes } from '../keys/policy.ts';
import { readKeyStore } from '../keys/read-store.ts';
import { generateKey, recordChosen, recordGenerated } from '../keys/record.ts';
import { isRevoked, type KeyStore } from '../keys/store.ts';
import { jsonOrUndefined } from '../machine/json-text.ts';
import { gatewayGroup, type Paths } from '../machine/paths.ts';
import { ImageFacts } from '../models/image-facts.ts';
import { readText } from './files.ts';

/** What an earlier run left behind. */
export interface Current {
  readonly gateway: EarlierGateway | undefined;
  readonly preset: CurrentPreset | undefined;
  /** The generated API key. */
  readonly apiKey: string | undefined;
  /** Keys added and revoked with `onepilot keys`, or why nobody knows them. */
  readonly keyStore: KeyStore | OnePilotError;
  /** Secret from which salts are derived. */
  readonly saltKey: string | undefined;
  readonly authority: Identity | undefined;
  readonly leaf: Identity | undefined;
}

/**
 * The gateway's configuration as another image may have written it: what it says of certificates is written anew in
 * any case, so no shape of that makes the rest worthless.
 */
const EarlierGateway = GatewayConfiguration.extend({ tls: z.unknown() });
export type EarlierGateway = z.infer<typeof EarlierGateway>;

/** The engine's presets as they are. */
export interface CurrentPreset {
  /** Whether every file they name is there. */
  readonly isComplete: boolean;
  /** Bytes of memory of the machine that they were made for. */
  readonly madeFor: number;
}

/** The certificates to be served, and why those there were not good enough. */
export interface Certificates {
  readonly authority: Identity;
  readonly leaf: Identity;
  /** For the log. */
  readonly made: readonly string[];
}

/** The keys that context and VM give, as the gateway knows them, and the generated one itself if there is one. */
export interface Keys {
  readonly records: readonly KeyRecord[];
  readonly generated: string | undefined;
  readonly saltKey: string;
}

/** Reads what the image says about itself. @throws AGENT_BAD_IMAGE_FACTS */
export async function readImageFacts(path: string): Promise<ImageFacts> {
  try {
    return ImageFacts.parse(JSON.parse((await readText(path)) ?? ''));
  } catch (cause) {
    throw failure('AGENT_BAD_IMAGE_FACTS', { path }, { cause });
  }
}

/** Reads what an earlier run left; what cannot be read counts as not there, and is made anew. */
export async function readCurrent(paths: Paths): Promise<Current> {
  const key = (await readText(paths.apiKey))?.trim();
  return {
    gateway: parseGateway(await readText(paths.gatewayConfiguration)),
    preset: await readPreset(paths.enginePreset),
    apiKey: key !== undefined && /^sk-[A-Za-z0-9_-]{43}$/.test(key) ? key : undefined,
    keyStore: await readKeyStore(paths.keyStore).catch(asKeyStoreProblem),
    saltKey: (await readText(paths.saltKey))?.trim(),
    authority: await readIdentity(paths.authorityCertificate, paths.authorityKey),
    leaf: splitIdentity(await readText(paths.ownIdentity)),
  };
}

/** The number of the gateway's group. @throws AGENT_NO_GROUP */
export function readGatewayGroup(path: string): Promise<number> {
  return readGroup(path, gatewayGroup);
}

/** The number of `group`, of those in the file `path`. @throws AGENT_NO_GROUP */
export async function readGroup(path: string, group: string): Promise<number> {
  const groups = (await readText(path)) ?? '';
  const gid = new RegExp(`^${group}:[^:]*:(\\d+):`, 'm').exec(groups)?.[1];
  if (gid === undefined) throw failure('AGENT_NO_GROUP', { group });
  return Number(gid);
}

/** File names in a directory; none when it does not exist. */
export function listFiles(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}

/**
 * Keeps the certificates that still serve and makes the others.
 * @param past A moment that is over for certain, however wrong the clock is.
 */
export async function settleCertificates(
  current: Pick<Current, 'authority' | 'leaf'>,
  wanted: Subjects,
  now: Date,
  past = now,
): Promise<Certificates> {
  const made: string[] = [];
  let { authority, leaf } = current;
  const newAuthority = authorityNeeded(authority, now);
  if (!authority || newAuthority !== undefined) {
    const { makeAuthority } = await import('../certificates/own-ca/issue.ts');
    authority = await makeAuthority(wanted.names[0] ?? 'localhost', now, past);
    made.push(`CA: ${newAuthority}`);
  }
  const newLeaf = leafNeeded(leaf, authority, wanted, now);
  if (!leaf || newLeaf !== undefined) {
    const { makeLeaf } = await import('../certificates/own-ca/issue.ts');
    leaf = await makeLeaf(authority, wanted, now);
    made.push(`server certificate: ${newLeaf}`);
  }
  return { authority, leaf, made };
}

/** What the initial key may do: whoever made the VM has it. */
const everything: KeyPolicy = { scopes: keyScopes };

/**
 * The context's keys and the initial one: its password if there is one, else the key made on this VM, unless
 * the admin has revoked that, or may have: the key store is damaged and the key's file is gone.
 * Salts are derived from a secret of root's: the same password then gives the same record, and a run that
 * changes nothing need not spend 50 ms of scrypt on each to know it.
 */
export function settleKeys(
  { apiPassword, apiKeys }: Pick<Settings, 'apiPassword' | 'apiKeys'>,
  current: Pick<Current, 'gateway' | 'apiKey' | 'keyStore' | 'saltKey'>,
): Keys {
  const saltKey = current.saltKey ?? randomBytes(32).toString('base64url');
  const chosen = (name: string, secret: Secret, policy: KeyPolicy): KeyRecord => {
    const salt = saltFor(name, secret.reveal(), saltKey);
    const same = current.gateway?.keys.find(
      (record) => record.name === name && record.algorithm === 'scrypt' && record.salt === salt,
    );
    const hash = same?.hash ?? recordChosen(name, secret.reveal(), salt).hash;
    return { name, algorithm: 'scrypt', salt, hash, ...policy };
  };
  const records = apiKeys.map((entry): KeyRecord => {
    const { name, policy } = entry;
    if ('key' in entry) return chosen(name, entry.key, policy);
    return { name, algorithm: 'sha256', hash: entry.sha256, ...policy };
  });
  if (apiPassword) {
    return {
      records: [chosen('context', apiPassword, everything), ...records],
      generated: undefined,
      saltKey,
    };
  }
  const generated = initialKey(current);
  if (generated === undefined) return { records, generated, saltKey };
  const initial = { ...recordGenerated('generated', generated), ...everything };
  return { records: [initial, ...records], generated, saltKey };
}

function initialKey({ apiKey, keyStore }: Pick<Current, 'apiKey' | 'keyStore'>): string | undefined {
  if (keyStore instanceof OnePilotError) return apiKey;
  // A revocation that was cut off may have left the key's file.
  if (apiKey !== undefined) {
    return isRevoked(recordGenerated('generated', apiKey), keyStore) ? undefined : apiKey;
  }
  return keyStore.revoked.some(({ name }) => name === 'generated') ? undefined : generateKey();
}

function saltFor(name: string, secret: string, saltKey: string): string {
  const hmac = createHmac('sha256', saltKey).update(`${name}\0${secret}`);
  return hmac.digest('hex').slice(0, 32);
}

async function readPreset(path: string): Promise<CurrentPreset | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  const { files, madeFor } = parsePreset(text);
  const found = await Promise.all(files.map((file) => stat(file).catch(() => undefined)));
  return { isComplete: found.every((file) => file?.isFile()), madeFor };
}

function parseGateway(text: string | undefined): EarlierGateway | undefined {
  return EarlierGateway.safeParse(jsonOrUndefined(text)).data;
}

function asKeyStoreProblem(error: unknown): OnePilotError {
  if (error instanceof OnePilotError) return error;
  throw error;
}

async function readIdentity(certificatePath: string, keyPath: string): Promise<Identity | undefined> {
  const [certificate, key] = await Promise.all([readText(certificatePath), readText(keyPath)]);
  return certificate !== undefined && key !== undefined ? { certificate, key } : undefined;
}
