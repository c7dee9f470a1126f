import type { X509Certificate } from 'node:crypto';
import { covers } from '../choose.ts';
import { issuerText } from '../description.ts';
import { type Identity, leafOf, splitIdentity } from '../identity.ts';
import type { Identifier } from './wanted.ts';

/** The certificate that the unit got last. */
export interface Stock {
  readonly identity: Identity;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256 in hex pairs and colons. */
  readonly fingerprint: string;
  /** Whether it is for everything that is wanted. */
  readonly covers: boolean;
}

/** @param text What `joinIdentity` wrote; anything else is no certificate. */
export function stockOf(text: string | undefined, identifiers: readonly Identifier[]): Stock | undefined {
  const identity = splitIdentity(text);
  const leaf = identity && leafOf(identity);
  return (
    leaf && {
      identity,
      ...factsOf(leaf),
      covers: identifiers.every((identifier) => covers(leaf, identifier)),
    }
  );
}

function factsOf(leaf: X509Certificate) {
  return {
    issuer: issuerText(leaf),
    notBefore: leaf.validFromDate,
    notAfter: leaf.validToDate,
    fingerprint: leaf.fingerprint256,
  };
}
