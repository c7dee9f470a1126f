import type { X509Certificate } from 'node:crypto';
import { canonicalAddress } from '../network/address.ts';

/** What a server's certificate says of itself; nothing of it is secret. */
export interface CertificateDescription {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
  /** Common name and organization of who signed it. */
  readonly issuer: string;
  /** ISO 8601 in UTC. */
  readonly notAfter: string;
}

export function describeCertificate(certificate: X509Certificate): CertificateDescription {
  const entries = (certificate.subjectAltName ?? '').split(', ');
  const after = (prefix: string) =>
    entries.filter((entry) => entry.startsWith(prefix)).map((entry) => entry.slice(prefix.length));
  return {
    names: after('DNS:'),
    addresses: after('IP Address:').map(canonicalAddress),
    issuer: issuerText(certificate),
    notAfter: certificate.validToDate.toISOString(),
  };
}

/** Who signed it: `R11 (Let's Encrypt)` of Node's lines `C=US`, `O=Let's Encrypt`, `CN=R11`. */
export function issuerText({ issuer }: X509Certificate): string {
  const field = (name: string) => new RegExp(`^${name}=(.+)$`, 'm').exec(issuer)?.[1];
  const [name, organization] = [field('CN'), field('O')];
  if (name === undefined) return organization ?? issuer.replaceAll('\n', ', ');
  return organization === undefined ? name : `${name} (${organization})`;
}
