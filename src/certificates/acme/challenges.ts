import { chmod, readdir, rm, writeFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { join } from 'node:path';
import { canonicalAddress } from '../../network/address.ts';
import { joinIdentity } from '../identity.ts';
import { acmeClient } from './library.ts';
import { ChallengeKind } from './pending-order.ts';
import type { Identifier } from './wanted.ts';

/** A file that the gateway answers a CA's question from. */
export interface ChallengeFile {
  readonly kind: ChallengeKind;
  readonly name: string;
  readonly content: string;
}

/** Group and mode of the directory give the gateway's group; nobody else needs them. */
const mode = 0o640;

/** @param keyAuthorization RFC 8555, section 8.1. */
export async function challengeFile(
  kind: ChallengeKind,
  identifier: Identifier,
  token: string,
  keyAuthorization: string,
): Promise<ChallengeFile> {
  if (kind === 'http-01') return { kind, name: fileName(token), content: keyAuthorization };
  const { crypto } = await acmeClient();
  const [key, certificate] = await crypto.createAlpnCertificate(
    { identifier, status: 'pending', challenges: [], url: '' },
    keyAuthorization,
    await crypto.createPrivateEcdsaKey('P-256'),
  );
  const identity = { key: key.toString(), certificate: certificate.toString() };
  return {
    kind,
    name: `${fileName(challengeServerName(identifier))}.pem`,
    content: joinIdentity(identity),
  };
}

/**
 * Makes the files in `directory` exactly those: what runs that were cut off left there goes. Its two directories, one
 * for each kind, exist.
 */
export async function showChallenges(directory: string, files: readonly ChallengeFile[]): Promise<void> {
  for (const kind of ChallengeKind.options) {
    const wanted = files.filter((file) => file.kind === kind);
    for (const { name, content } of wanted) {
      const path = join(directory, kind, name);
      await writeFile(path, content, { mode });
      await chmod(path, mode);
    }
    const kept = new Set(wanted.map(({ name }) => name));
    for (const name of await readdir(join(directory, kind)))
      if (!kept.has(name)) await rm(join(directory, kind, name), { recursive: true, force: true });
  }
}

/** The server name by which a CA asks for the certificate of tls-alpn-01: RFC 8737, section 3, and RFC 8738, section 6. */
export function challengeServerName({ type, value }: Identifier): string {
  if (type === 'dns') return value;
  if (isIPv4(value)) return `${value.split('.').reverse().join('.')}.in-addr.arpa`;
  return `${[...hexDigits(value)].reverse().join('.')}.ip6.arpa`;
}

/** The 32 digits of an IPv6 address. */
function hexDigits(address: string): string {
  const [head = '', tail] = canonicalAddress(address).split('::');
  const groups = (text: string) => text.split(':').flatMap((group) => (group === '' ? [] : [digits(group)]));
  const [first, last] = [groups(head).join(''), groups(tail ?? '').join('')];
  return first + last.padStart(32 - first.length, '0');
}

/** The digits of one group; of two when it is the IPv4 address in which one of IPv6 may end. */
function digits(group: string): string {
  if (!group.includes('.')) return group.padStart(4, '0');
  return group
    .split('.')
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('');
}

/** Tokens are of base64url (RFC 8555, section 8.1), names of hosts of less: nothing else becomes a path. */
function fileName(text: string): string {
  if (!/^[\w-][\w.-]*$/.test(text))
    throw new Error('The name of a challenge has characters that none may have.');
  return text;
}
