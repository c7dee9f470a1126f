import { Keyring } from '../keys/keyring.ts';
import { effectiveKeys, type KeyStore } from '../keys/store.ts';
import type { GatewayConfiguration } from './configuration.ts';

/** What requests are answered by. Never changed: a reload puts another in its place. */
export interface InForce {
  readonly configuration: GatewayConfiguration;
  readonly keyring: Keyring;
  /** The authority's certificate, in PEM, as `GET /ca.crt` gives it. */
  readonly authority: string;
}

/** Where the gateway looks what is in force: each request once, when it begins. */
export interface Live {
  current: InForce;
}

/** With a keyring of its own, so that keys and passwords that are gone are forgotten. */
export function inForce(configuration: GatewayConfiguration, store: KeyStore, authority: string): InForce {
  return { configuration, authority, keyring: new Keyring(effectiveKeys(configuration.keys, store)) };
}
