import type { AcmeServer } from './wanted.ts';

/** Domains of CAs that browsers trust and that offer ACME. */
const publicCas = [
  'actalis.com',
  'buypass.com',
  'digicert.com',
  'globalsign.com',
  'letsencrypt.org',
  'pki.goog',
  'sectigo.com',
  'ssl.com',
  'zerossl.com',
];

/** Whether a server is of one of those, which certify what everybody reaches and bear only so much of each. */
export function isPublicCa({ directory }: AcmeServer): boolean {
  const host = URL.parse(directory)?.hostname ?? '';
  return publicCas.some((domain) => host === domain || host.endsWith(`.${domain}`));
}
