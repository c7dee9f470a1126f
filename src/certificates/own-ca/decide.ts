import { X509Certificate } from 'node:crypto';
import { canonicalAddress } from '../../network/address.ts';
import { type Identity, leafOf } from '../identity.ts';

const day = 24 * 60 * 60 * 1000;

/**
 * Days for which certificates are made, and days before their end from which they are made anew. Whoever steals a
 * server's key has it for a month at most; the agent looks every hour, and at each boot before anything is served.
 */
export const lifetimes = {
  authority: { days: 3650, renewBefore: 365 },
  leaf: { days: 30, renewBefore: 10 },
} as const;

/** What a server certificate must be valid for. */
export interface Subjects {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
}

/**
 * The names and addresses under which a machine is reached, each once and in a fixed order.
 * @param domain The name that clients use, where the context gives one.
 */
export function wantedSubjects(hostname: string, addresses: readonly string[], domain?: string): Subjects {
  return {
    names: [...new Set([hostname.toLowerCase(), 'localhost', ...(domain === undefined ? [] : [domain])])],
    addresses: [...new Set(['127.0.0.1', '::1', ...addresses.map(canonicalAddress)])],
  };
}

/** Why a new CA must be made; undefined when the one there is good. Making one breaks every client's trust. */
export function authorityNeeded(current: Identity | undefined, now: Date): string | undefined {
  if (!current) return 'there is none';
  const certificate = leafOf(current);
  if (!certificate) return 'it cannot be read, or its key belongs to another';
  if (!certificate.ca) return 'it may not sign';
  // One that is not valid yet stays: none is made for the future (`makeAuthority`), so the clock is behind. That is
  // wrong for a while, a new CA would be there for good.
  return expiry(certificate, lifetimes.authority.renewBefore, now);
}

/** Why a new server certificate must be made; undefined when `current` serves. Pure. */
export function leafNeeded(
  current: Identity | undefined,
  authority: Identity,
  wanted: Subjects,
  now: Date,
): string | undefined {
  if (!current) return 'there is none';
  const certificate = leafOf(current);
  if (!certificate) return 'it cannot be read, or its key belongs to another';
  const issuer = new X509Certificate(authority.certificate);
  const signed = certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  if (!signed || !current.certificate.includes(authority.certificate.trim())) return 'the CA is another one';
  const have = subjectsOf(certificate.subjectAltName ?? '');
  // More than wanted is fine: an address that comes late at one boot and early at the next must not mean a new
  // certificate each time.
  if (!covers(have.names, wanted.names)) return 'the host name has changed';
  if (!covers(have.addresses, wanted.addresses)) return 'there is a new address';
  if (certificate.validFromDate > now) return 'it is not valid yet: the clock went back';
  return expiry(certificate, lifetimes.leaf.renewBefore, now);
}

/** SHA-256 of a certificate as it is shown to people: upper-case hex pairs and colons. */
export function fingerprint(certificate: string): string {
  return new X509Certificate(certificate).fingerprint256;
}

function expiry(certificate: X509Certificate, renewBefore: number, now: Date): string | undefined {
  const left = (certificate.validToDate.getTime() - now.getTime()) / day;
  return left < renewBefore ? `it has ${Math.floor(left)} days left` : undefined;
}

/** Reads Node's text of the subjectAltName extension; our names and addresses need no quoting there. */
function subjectsOf(text: string): Subjects {
  const entries = text.split(', ');
  const after = (prefix: string) =>
    entries.filter((entry) => entry.startsWith(prefix)).map((entry) => entry.slice(prefix.length));
  return { names: after('DNS:'), addresses: after('IP Address:').map(canonicalAddress) };
}

function covers(have: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((item) => have.includes(item));
}
