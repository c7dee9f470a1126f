import { X509Certificate } from 'node:crypto';

/**
 * A certificate whose key and dates can be read. Node reads the parts of one when they are first asked for: what cannot
 * be read throws then. `validToDate` of what is no date is any moment, or none: Node leaves what happens to be in its
 * memory there (X509View::getValidToTime, deps/ncrypto/ncrypto.cc). Only the texts of the dates tell.
 * @throws when it cannot be read
 */
export function readCertificate(pem: string): X509Certificate {
  const certificate = new X509Certificate(pem);
  const { publicKey, validFrom, validTo } = certificate;
  if (publicKey.type !== 'public' || Number.isNaN(Date.parse(validFrom) + Date.parse(validTo))) {
    throw new Error('It has no public key, or no dates.');
  }
  return certificate;
}

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates in PEM as programs write it, in its order, unread. */
export function certificateBlocks(text: string): readonly string[] {
  return text.match(block) ?? [];
}
