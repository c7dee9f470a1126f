import { X509Certificate } from 'node:crypto';
import { type CertificateDescription, describeCertificate } from '../../../certificates/description.ts';
import { signs } from '../../../certificates/provided/chain.ts';

/** What a server's certificate says of itself; nothing of it is secret. */
export interface Description extends CertificateDescription {
  /** ISO 8601 in UTC. */
  readonly notBefore: string;
  /** SHA-256 in hex pairs and colons. */
  readonly fingerprint: string;
}

export function describe(certificate: X509Certificate): Description {
  return {
    ...describeCertificate(certificate),
    notBefore: certificate.validFromDate.toISOString(),
    fingerprint: certificate.fingerprint256,
  };
}

/** One that has not begun yet is served all the same: where it seems so, the clock of the VM is behind. */
export function hasEnded(certificate: X509Certificate, now: Date): boolean {
  return certificate.validToDate <= now;
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
