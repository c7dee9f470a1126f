import type { X509Certificate } from 'node:crypto';
import { covers } from '../choose.ts';
import { type Identity, leafOf } from '../identity.ts';
import { certificateBlocks, readCertificate } from '../read-certificate.ts';
import type { Identifier } from './wanted.ts';

/**
 * What a CA sent, as it is served: the chain in its order without the root, which clients have or must not believe.
 * @param now By the CA's own clock: this machine's may be wrong.
 * @returns the identity, or why it cannot be served, as part of a sentence
 */
export function receivedIdentity(
  received: string,
  key: string,
  identifiers: readonly Identifier[],
  now: Date,
): Identity | string {
  const texts = certificateBlocks(received);
  const chain = texts.map(parse).filter((certificate) => certificate !== undefined);
  const [leaf, ...issuers] = chain;
  if (!leaf || chain.length !== texts.length) return 'it cannot be read';
  const served = chain.filter((certificate, at) => at === 0 || !isRoot(certificate));
  const identity = { certificate: served.map((certificate) => certificate.toString()).join(''), key };
  if (!leafOf(identity)) return 'it is for another key';
  const missing = identifiers.find((identifier) => !covers(leaf, identifier));
  if (missing) return `it is not for ${missing.value}`;
  if (leaf.validToDate <= now) return `it has expired on ${leaf.validToDate.toISOString()}`;
  const isLinked = issuers.every((issuer, at) => isIssuedBy(chain[at], issuer));
  if (!isLinked) return 'a certificate of its chain was not issued by the one that follows';
  return identity;
}

function parse(text: string): X509Certificate | undefined {
  try {
    return readCertificate(text);
  } catch {
    return undefined;
  }
}

function isRoot(certificate: X509Certificate): boolean {
  return isIssuedBy(certificate, certificate);
}

function isIssuedBy(certificate: X509Certificate | undefined, issuer: X509Certificate): boolean {
  return (certificate?.checkIssued(issuer) && certificate.verify(issuer.publicKey)) ?? false;
}
