import type { Identity } from '../identity.ts';
import type { AcmeServer, AcmeWanted } from './wanted.ts';

/** RFC 8555, section 8.3, and RFC 8737. */
export type ChallengeKind = 'http-01' | 'tls-alpn-01';

export interface OrderOptions {
  readonly wanted: Pick<AcmeWanted, 'identifiers' | 'contact' | 'profile' | 'roots'>;
  readonly server: AcmeServer;
  /** Directory for account keys and the order under way. */
  readonly state: string;
  /** Directory the gateway shows challenges from. */
  readonly challenges: string;
  /** Kinds of challenge to try, best first. */
  readonly kinds: readonly ChallengeKind[];
  /** Certificate identifier of RFC 9773, section 4.1, of the one that is replaced. */
  readonly replaces?: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface Ordered {
  readonly identity: Identity;
  readonly challenge: ChallengeKind;
}

/**
 * Gets a certificate with a key of its own from an ACME server.
 * @throws ACME_*
 */
export async function orderCertificate(_options: OrderOptions): Promise<Ordered> {
  throw new Error('not yet');
}
