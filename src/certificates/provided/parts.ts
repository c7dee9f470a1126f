import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { failure, type OnePilotError } from '../../errors/catalogue.ts';
import { readCertificate } from '../read-certificate.ts';
import { noPem, pemBlocks } from './pem.ts';

type Parts<Part> = Part | { readonly problems: readonly OnePilotError[] };

/**
 * The certificates in a text, in its order, each once. Keys beside them do not matter: some keep both in one file.
 * @param place what holds the text, as messages call it
 */
export function certificatesIn(
  text: string,
  place: string,
): Parts<{ readonly certificates: readonly X509Certificate[] }> {
  const blocks = pemBlocks(text);
  if (blocks.length === 0) return { problems: [noPem(text, place)] };
  if (blocks.some(({ label }) => label === 'PKCS7' || label === 'CMS')) {
    return { problems: [failure('CERTIFICATE_PKCS7', { place })] };
  }
  const found = blocks.filter(({ label }) => /^(?:X509 |TRUSTED )?CERTIFICATE$/.test(label));
  if (found.length === 0) return { problems: [failure('CERTIFICATE_NONE', { place })] };

  const certificates = new Map<string, X509Certificate>();
  const problems: OnePilotError[] = [];
  for (const [index, { pem }] of found.entries()) {
    try {
      const certificate = readCertificate(pem);
      certificates.set(certificate.fingerprint256, certificate);
    } catch (error) {
      problems.push(failure('CERTIFICATE_UNREADABLE', { place, number: index + 1 }, { cause: error }));
    }
  }
  return problems.length > 0 ? { problems } : { certificates: [...certificates.values()] };
}

/** The private key in a text: PKCS#8, or what OpenSSL wrote before (PKCS#1, SEC 1). */
export function keyIn(text: string, place: string): Parts<{ readonly key: KeyObject }> {
  const blocks = pemBlocks(text);
  if (blocks.length === 0) return { problems: [noPem(text, place)] };
  const [found, another] = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'));
  if (!found) return { problems: [failure('CERTIFICATE_KEY_MISSING', { place })] };
  if (another) return { problems: [failure('CERTIFICATE_KEYS_SEVERAL', { place })] };
  if (found.label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type:.*ENCRYPTED/m.test(found.pem)) {
    return { problems: [failure('CERTIFICATE_KEY_ENCRYPTED', { place })] };
  }
  try {
    return { key: createPrivateKey(found.pem) };
  } catch {
    // OpenSSL's own words do not help, and what they may quote is nobody's business.
    return { problems: [failure('CERTIFICATE_KEY_UNREADABLE', { place })] };
  }
}
