import { type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { failure, type OnePilotError } from '../../errors/catalogue.ts';
import type { Identity } from '../identity.ts';
import { type Chain, chainOf } from './chain.ts';
import { checkDates, checkPurpose, checkStrength, checkTrust } from './checks.ts';
import { subjectOf } from './names.ts';
import { certificatesIn, keyIn } from './parts.ts';

/** A text, and what holds it, as messages call it: a variable's name, or `disk:LABEL/path`. */
export interface Placed {
  readonly text: string;
  readonly place: string;
}

/** What a certificate is looked at against. */
export interface Circumstances {
  readonly now: Date;
  /** The name that clients use, where the context gives one. */
  readonly domain: string | undefined;
  /** Roots that the system trusts, in PEM (`tls.getCACertificates('system')`); asked for only when one is looked for. */
  readonly roots: () => readonly string[];
}

export type Provided =
  | {
      /** The chain in the order of the handshake, its root left out; the key in PKCS#8. */
      readonly identity: Identity;
      readonly warnings: readonly OnePilotError[];
    }
  | { readonly problems: readonly OnePilotError[] };

/**
 * Makes of the certificates and the key that somebody provides what can be served, or says everything that is wrong
 * with them. The certificates may stand in any order and have their root among them. Pure.
 */
export function readProvided(certificate: Placed, key: Placed, circumstances: Circumstances): Provided {
  const certificates = certificatesIn(certificate.text, certificate.place);
  const own = keyIn(key.text, key.place);
  if ('problems' in certificates || 'problems' in own) {
    const parts = [certificates, own];
    return { problems: parts.flatMap((part) => ('problems' in part ? part.problems : [])) };
  }
  const places = { certificate: certificate.place, key: key.place };
  const found = chainOf(certificates.certificates, own.key, places);
  if ('problems' in found) return found;
  return judged(found.chain, own.key, certificate.place, circumstances);
}

function judged(chain: Chain, key: KeyObject, place: string, circumstances: Circumstances): Provided {
  const { now, domain } = circumstances;
  const roots = () => circumstances.roots().flatMap(readable);
  const findings = [
    checkDates(chain, now),
    checkPurpose(chain, domain),
    checkStrength(chain),
    checkTrust(chain, place, roots),
  ];
  const problems = findings.flatMap((finding) => finding.problems);
  if (problems.length > 0) return { problems };

  const identity = {
    certificate: [chain.leaf, ...chain.intermediates].map(String).join(''),
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
  const refusal = whyNotServable(identity);
  if (refusal !== undefined) {
    return {
      problems: [failure('CERTIFICATE_REFUSED', { subject: subjectOf(chain.leaf), reason: refusal })],
    };
  }
  return { identity, warnings: findings.flatMap((finding) => finding.warnings) };
}

/** What the gateway's own TLS library has against it; it has rules that change with its version. */
function whyNotServable({ certificate, key }: Identity): string | undefined {
  try {
    createSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2' });
    return undefined;
  } catch (error) {
    // The library's reason names its rule (`ee key too small`), nothing of the key.
    return error instanceof Error && 'reason' in error ? String(error.reason) : 'it cannot be loaded';
  }
}

/** A root that this version of the library cannot read vouches for nothing. */
function readable(pem: string): X509Certificate[] {
  try {
    return [new X509Certificate(pem)];
  } catch {
    return [];
  }
}
