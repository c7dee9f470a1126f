import { Keyring } from '../keys/keyring.ts';
import { effectiveKeys, type KeyStore } from '../keys/store.ts';
import type { GatewayConfiguration } from './configuration.ts';

/** What requests are answered by. Never changed: a reload puts another in its place. */
export interface InForce {
  readonly configuration: GatewayConfiguration;
  readonly keyring: Keyring;
  /** False when nobody knows which keys were revoked: then none is good enough. */
  readonly keysKnown: boolean;
  /** The authority's certificate, in PEM, as `GET /ca.crt` gives it. */
  readonly authority: string;
}

/** Where the gateway looks what is in force: each request once, when it begins. */
export interface Live {
  current: InForce;
}

/**
 * With a keyring of its own, so that keys and passwords that are gone are forgotten.
 * @param store Undefined when it could not be read.
 */
export function inForce(
  configuration: GatewayConfiguration,
  store: KeyStore | undefined,
  authority: string,
): InForce {
  const keyring = new Keyring(store ? effectiveKeys(configuration.keys, store) : []);
  return { configuration, authority, keyring, keysKnown: store !== undefined };
}
