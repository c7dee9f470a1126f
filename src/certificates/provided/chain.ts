import type { KeyObject, X509Certificate } from 'node:crypto';
import { failure, type OnePilotError } from '../../errors/catalogue.ts';
import { subjectOf } from './names.ts';

/** The certificates that are served: the server's, the one that signed it, and so on; a root is left out. */
export interface Chain {
  readonly leaf: X509Certificate;
  /** In the order of the handshake (RFC 8446, section 4.4.2). */
  readonly intermediates: readonly X509Certificate[];
  /** Whether a root, which signed itself, was there at the end. */
  readonly complete: boolean;
  /** What belongs to nothing of this. */
  readonly unrelated: readonly X509Certificate[];
}

export type FoundChain = { readonly chain: Chain } | { readonly problems: readonly OnePilotError[] };

/**
 * Puts the certificates into the order of a handshake, in whatever order they came.
 * @param certificates at least one, each once
 * @param places what holds certificates and key, as messages call it
 */
export function chainOf(
  certificates: readonly X509Certificate[],
  key: KeyObject,
  places: { readonly certificate: string; readonly key: string },
): FoundChain {
  const owner = certificates.find((certificate) => certificate.checkPrivateKey(key));
  // Who gives a CA's key gives it by mistake; who gives a CA's certificate alone has no other.
  const servers = certificates.filter(({ ca }) => !ca);
  const leaf = owner && !owner.ca ? owner : (servers[0] ?? owner ?? certificates[0]);
  if (!leaf) return { problems: [failure('CERTIFICATE_NONE', { place: places.certificate })] };

  if (owner !== leaf) {
    const subject = subjectOf(leaf);
    const problem = owner
      ? failure('CERTIFICATE_KEY_OF_ANOTHER', { place: places.key, subject, other: subjectOf(owner) })
      : failure('CERTIFICATE_KEY_MISMATCH', { place: places.key, subject });
    return { problems: [problem] };
  }
  return climb(leaf, certificates, places.certificate);
}

/** From the leaf upwards, as far as the certificates go. */
function climb(leaf: X509Certificate, certificates: readonly X509Certificate[], place: string): FoundChain {
  const path = [leaf];
  let last = leaf;
  while (!signs(last, last)) {
    const issuers = certificates.filter((other) => !path.includes(other) && signs(other, last));
    // Two CAs' certificates for one key (cross-signing) both fit: then the order given decides, if it is one.
    const behind = certificates[certificates.indexOf(last) + 1];
    const next = issuers.length > 1 ? issuers.find((issuer) => issuer === behind) : issuers[0];
    if (next === undefined) {
      if (issuers.length === 0) break;
      return { problems: [failure('CERTIFICATE_CHAIN_UNCLEAR', { place, subject: subjectOf(last) })] };
    }
    path.push(next);
    last = next;
  }
  const complete = signs(last, last);
  const chain = {
    leaf,
    intermediates: complete ? path.slice(1, -1) : path.slice(1),
    complete,
    unrelated: certificates.filter((certificate) => !path.includes(certificate)),
  };
  return { chain };
}

/** Whether `issuer` has signed `certificate`: by the names, and by the signature itself. */
export function signs(issuer: X509Certificate, certificate: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    // A root's key may be of a kind that is unknown here.
    return false;
  }
}
