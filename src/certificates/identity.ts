import { createPrivateKey, type X509Certificate } from 'node:crypto';
import { certificateBlocks, readCertificate } from './read-certificate.ts';

/** A certificate and its private key, both in PEM. `certificate` is the chain served: leaf first, root left out or last. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

const keyBlock = /-----BEGIN ((?:[A-Z]+ )?PRIVATE KEY)-----[^-]+-----END \1-----/;

/**
 * Key and chain as the text of one file, so that one rename replaces both: whenever the power goes, what is there
 * belongs together.
 */
export function joinIdentity({ certificate, key }: Identity): string {
  return `${key.trim()}\n${certificate.trim()}\n`;
}

/** The reverse of `joinIdentity`; undefined when a part is missing, cannot be read, or the key belongs to another. */
export function splitIdentity(text: string | undefined): Identity | undefined {
  const key = keyBlock.exec(text ?? '')?.[0];
  const chain = certificateBlocks(text ?? '');
  if (key === undefined || chain.length === 0) return undefined;
  const identity = { certificate: `${chain.join('\n')}\n`, key: `${key}\n` };
  return leafOf(identity) && identity;
}

/** The server's own certificate, the first of the chain; undefined when it cannot be read or its key is another's. */
export function leafOf({ certificate, key }: Identity): X509Certificate | undefined {
  try {
    const leaf = readCertificate(certificate);
    return leaf.checkPrivateKey(createPrivateKey(key)) ? leaf : undefined;
  } catch {
    return undefined;
  }
}
