import type { Identity } from '../identity.ts';
import { showChallenges } from './challenges.ts';
import { through } from './library.ts';
import { Ordering } from './ordering.ts';
import type { ChallengeKind } from './pending-order.ts';
import { translate } from './translate.ts';
import { Transport } from './transport.ts';
import type { AcmeServer, AcmeWanted } from './wanted.ts';

export type { ChallengeKind } from './pending-order.ts';
export { retryAfterOf } from './translate.ts';

export interface OrderOptions {
  readonly wanted: Pick<AcmeWanted, 'identifiers' | 'contact' | 'profile' | 'roots'>;
  readonly server: AcmeServer;
  /** Directory for account keys and the order under way. */
  readonly state: string;
  /** Directory the gateway shows challenges from; those of the kinds are in it. */
  readonly challenges: string;
  /** Kinds of challenge to try, best first. */
  readonly kinds: readonly ChallengeKind[];
  /** Certificate identifier of RFC 9773, section 4.1, of the one that is replaced. */
  readonly replaces?: string;
  /** Private key, in PEM, of the certificate in stock: an order that came to that one is over. */
  readonly keyInStock?: string | undefined;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface Ordered {
  readonly identity: Identity;
  readonly challenge: ChallengeKind;
  /** Forgets the order: to be called once the certificate is where a power cut does not take it. */
  readonly stored: () => Promise<void>;
}

/**
 * Gets a certificate with a key of its own from an ACME server. A run that was cut off is continued by the next,
 * until the caller says that the certificate is stored.
 * @throws ACME_* (`retryAfterOf` says when to come back); what `signal` was aborted with
 */
export async function orderCertificate(options: OrderOptions): Promise<Ordered> {
  const { wanted, server, signal } = options;
  const transport = new Transport({ roots: wanted.roots, signal });
  try {
    return await through(transport, () => new Ordering(options, transport).run());
  } catch (error) {
    signal.throwIfAborted();
    throw translate(error, { server, identifiers: wanted.identifiers });
  } finally {
    transport.close();
    await showChallenges(options.challenges, []);
  }
}
