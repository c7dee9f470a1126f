import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { covers } from '../../../certificates/choose.ts';
import { signs } from '../../../certificates/provided/chain.ts';
import { canonicalAddress } from '../../../network/address.ts';

/** What a server's certificate says of itself; nothing of it is secret. */
export interface Description {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
  /** Common name and organization of who signed it. */
  readonly issuer: string;
  /** ISO 8601 in UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** SHA-256 in hex pairs and colons. */
  readonly fingerprint: string;
}

export function describe(certificate: X509Certificate): Description {
  const entries = (certificate.subjectAltName ?? '').split(', ');
  const after = (prefix: string) =>
    entries.filter((entry) => entry.startsWith(prefix)).map((entry) => entry.slice(prefix.length));
  return {
    names: after('DNS:'),
    addresses: after('IP Address:').map(canonicalAddress),
    issuer: partyText(certificate.issuer),
    notBefore: certificate.validFromDate.toISOString(),
    notAfter: certificate.validToDate.toISOString(),
    fingerprint: certificate.fingerprint256,
  };
}

/** Whether clients that ask for `host`, a name or an address, accept the certificate. */
export function isFor(certificate: X509Certificate, host: string): boolean {
  return covers(certificate, { type: isIP(host) > 0 ? 'ip' : 'dns', value: host });
}

export function isInDate(certificate: X509Certificate, now: Date): boolean {
  return certificate.validFromDate <= now && now < certificate.validToDate;
}

/**
 * Whether the chain, leaf first, leads to one of the roots, all in PEM. Says nothing of dates, which the
 * handshake of whoever connects does.
 */
export function leadsTo(chain: string, roots: readonly string[]): boolean {
  const anchors = roots.flatMap(certificatesOf);
  const certificates = certificatesOf(chain);
  for (const [at, certificate] of certificates.entries()) {
    if (anchors.some((anchor) => isSignedBy(certificate, anchor))) return true;
    const next = certificates[at + 1];
    if (!next || !isSignedBy(certificate, next)) return false;
  }
  return false;
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.fingerprint256 === issuer.fingerprint256 || signs(issuer, certificate);
}

/** Those that can be read of a PEM text. */
export function certificatesOf(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
}

/** `R11 (Let's Encrypt)` of Node's lines `C=US`, `O=Let's Encrypt`, `CN=R11`. */
export function partyText(party: string): string {
  const field = (name: string) => new RegExp(`^${name}=(.+)$`, 'm').exec(party)?.[1];
  const [name, organization] = [field('CN'), field('O')];
  if (name === undefined) return organization ?? party.replaceAll('\n', ', ');
  return organization === undefined ? name : `${name} (${organization})`;
}
