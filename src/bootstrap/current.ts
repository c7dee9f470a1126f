import { readdir } from 'node:fs/promises';
import { authorityNeeded, type Identity, leafNeeded, type Subjects } from '../certificates/decide.ts';
import type { Secret } from '../context/secret.ts';
import { failure } from '../errors/catalogue.ts';
import { GatewayConfiguration, type KeyRecord } from '../gateway/configuration.ts';
import { generateKey, recordChosen, recordGenerated, verifyKey } from '../keys/record.ts';
import { gatewayGroup, type Paths } from '../machine/paths.ts';
import { ImageFacts } from '../models/image-facts.ts';
import { readText } from './files.ts';

/** What an earlier run left behind. */
export interface Current {
  readonly gateway: GatewayConfiguration | undefined;
  readonly hasPreset: boolean;
  /** The generated API key. */
  readonly apiKey: string | undefined;
  readonly authority: Identity | undefined;
  readonly leaf: Identity | undefined;
}

/** The certificates to be served, and why those there were not good enough. */
export interface Certificates {
  readonly authority: Identity;
  readonly leaf: Identity;
  /** For the log. */
  readonly made: readonly string[];
}

/** The one key there is at first, as the gateway knows it, and the generated key itself where there is one. */
export interface InitialKey {
  readonly record: KeyRecord;
  readonly generated: string | undefined;
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
    hasPreset: (await readText(paths.enginePreset)) !== undefined,
    apiKey: key !== undefined && /^sk-[A-Za-z0-9_-]{43}$/.test(key) ? key : undefined,
    authority: await readIdentity(paths.authorityCertificate, paths.authorityKey),
    leaf: await readIdentity(paths.serverCertificate, paths.serverKey),
  };
}

/** The number of the gateway's group. @throws AGENT_NO_GROUP */
export async function readGatewayGroup(path: string): Promise<number> {
  const groups = (await readText(path)) ?? '';
  const gid = new RegExp(`^${gatewayGroup}:[^:]*:(\\d+):`, 'm').exec(groups)?.[1];
  if (gid === undefined) throw failure('AGENT_NO_GROUP', { group: gatewayGroup });
  return Number(gid);
}

/** File names in a directory; none when it does not exist. */
export function listFiles(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}

/** Keeps the certificates that still serve and makes the others. */
export async function settleCertificates(
  current: Pick<Current, 'authority' | 'leaf'>,
  wanted: Subjects,
  now: Date,
): Promise<Certificates> {
  const made: string[] = [];
  let { authority, leaf } = current;
  const newAuthority = authorityNeeded(authority, now);
  if (!authority || newAuthority !== undefined) {
    const { makeAuthority } = await import('../certificates/issue.ts');
    authority = await makeAuthority(wanted.names[0] ?? 'localhost', now);
    made.push(`CA: ${newAuthority}`);
  }
  const newLeaf = leafNeeded(leaf, authority, wanted, now);
  if (!leaf || newLeaf !== undefined) {
    const { makeLeaf } = await import('../certificates/issue.ts');
    leaf = await makeLeaf(authority, wanted, now);
    made.push(`server certificate: ${newLeaf}`);
  }
  return { authority, leaf, made };
}

/**
 * The initial key: the context's password if there is one, else the key made on this VM. A password's record
 * is kept as long as it fits, since a new salt would look like a change.
 */
export async function settleKey(
  chosen: Secret | undefined,
  current: Pick<Current, 'gateway' | 'apiKey'>,
): Promise<InitialKey> {
  if (!chosen) {
    const generated = current.apiKey ?? generateKey();
    return { record: recordGenerated('generated', generated), generated };
  }
  for (const record of current.gateway?.keys ?? []) {
    if (record.algorithm === 'scrypt' && (await verifyKey(chosen.reveal(), record))) {
      return { record, generated: undefined };
    }
  }
  return { record: recordChosen('context', chosen.reveal()), generated: undefined };
}

function parseGateway(text: string | undefined): GatewayConfiguration | undefined {
  if (text === undefined) return undefined;
  try {
    return GatewayConfiguration.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function readIdentity(certificatePath: string, keyPath: string): Promise<Identity | undefined> {
  const [certificate, key] = await Promise.all([readText(certificatePath), readText(keyPath)]);
  return certificate !== undefined && key !== undefined ? { certificate, key } : undefined;
}
