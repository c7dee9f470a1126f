import type { X509Certificate } from 'node:crypto';
import { shown } from '../../context/shown.ts';

/** DNS names and addresses that a certificate is for: what clients compare with what they connect to (RFC 9525). */
export function namesOf({ subjectAltName = '' }: X509Certificate): readonly string[] {
  return [...subjectAltName.matchAll(/(?:^|, )(?:DNS|IP Address):([^, "]+)/g)].flatMap(
    ([, name]) => name ?? [],
  );
}

/** Whom a certificate is about, for messages: its common name, else the first it is for, else its whole subject. */
export function subjectOf(certificate: X509Certificate): string {
  const [first] = namesOf(certificate);
  return shown(commonName(certificate.subject) ?? first ?? oneLine(certificate.subject));
}

/** The CA that signed it, for messages. */
export function issuerOf({ issuer }: X509Certificate): string {
  return shown(commonName(issuer) ?? oneLine(issuer));
}

/** Node writes each part of a distinguished name on a line of its own. */
function commonName(distinguished: string): string | undefined {
  return /^CN=(.+)$/m.exec(distinguished ?? '')?.[1];
}

function oneLine(distinguished: string): string {
  return (distinguished ?? '').replaceAll('\n', ', ') || 'nobody';
}
