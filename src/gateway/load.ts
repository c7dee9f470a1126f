import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import * as z from 'zod';
import { type Identity, splitIdentity } from '../certificates/identity.ts';
import { failure, OnePilotError } from '../errors/catalogue.ts';
import { readKeyStore } from '../keys/read-store.ts';
import type { KeyStore } from '../keys/store.ts';
import { jsonOrUndefined } from '../machine/json-text.ts';
import type { LoadedCertificates } from './certificates/served-certificates.ts';
import { tlsSettings } from './certificates/tls-settings.ts';
import { GatewayConfiguration } from './configuration.ts';
import { type InForce, inForce } from './in-force.ts';

/** A configuration with everything it names, read and checked. */
export interface Loaded {
  readonly inForce: InForce;
  readonly certificates: LoadedCertificates;
}

/** Reads and checks the configuration. Throws `gateway_configuration_unreadable` or `…_invalid`. */
export async function readConfiguration(path: string): Promise<GatewayConfiguration> {
  const parsed = GatewayConfiguration.safeParse(jsonOrUndefined(await read(path)));
  if (parsed.success) return parsed.data;
  throw failure('gateway_configuration_invalid', { path, problems: z.prettifyError(parsed.error) });
}

/**
 * Reads everything that `configuration` names, changing nothing. Throws `gateway_configuration_unreadable`,
 * `gateway_certificate_unusable`, KEY_STORE_UNREADABLE.
 */
export async function load(configuration: GatewayConfiguration): Promise<Loaded> {
  return loadWith(configuration, await readKeyStore(configuration.keyStore));
}

/**
 * As `load`, for a gateway that has nothing to fall back on: when the key store cannot be read, any key may
 * have been revoked, so none is let through; the public pages work. (A reload refuses instead: the keys that
 * were good stay so as long as the gateway runs.)
 */
export async function loadAtStart(
  configuration: GatewayConfiguration,
): Promise<Loaded & { readonly keyStoreProblem?: OnePilotError }> {
  try {
    return await load(configuration);
  } catch (error) {
    if (!(error instanceof OnePilotError) || error.code !== 'KEY_STORE_UNREADABLE') throw error;
    return { ...(await loadWith(configuration, undefined)), keyStoreProblem: error };
  }
}

async function loadWith(configuration: GatewayConfiguration, store: KeyStore | undefined): Promise<Loaded> {
  const { tls } = configuration;
  const [own, trusted, authority] = await Promise.all([
    readIdentity(tls.own),
    tls.trusted === undefined ? {} : readTrusted(tls.trusted),
    read(tls.authority),
  ]);
  const certificates = { own, ...trusted, ...(tls.addresses && { addresses: tls.addresses }) };
  return { inForce: inForce(configuration, store, authority), certificates };
}

/** What is wrong with it is a problem to tell, never a reason to serve nothing. */
async function readTrusted(path: string): Promise<Omit<LoadedCertificates, 'own'>> {
  try {
    return { trusted: await readIdentity(path), trustedPath: path };
  } catch (cause) {
    if (!(cause instanceof OnePilotError)) throw cause;
    const { message } = cause;
    return {
      trustedProblem: failure('gateway_trusted_certificate_unusable', { path, reason: message }, { cause }),
    };
  }
}

async function readIdentity(path: string): Promise<Identity> {
  const identity = splitIdentity(await read(path));
  if (!identity) {
    const reason = 'it is not a certificate with the key that belongs to it';
    throw failure('gateway_certificate_unusable', { path, reason });
  }
  try {
    createSecureContext({ ...tlsSettings, cert: identity.certificate, key: identity.key });
  } catch (cause) {
    throw failure('gateway_certificate_unusable', { path, reason: reasonOf(cause) }, { cause });
  }
  return identity;
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw failure('gateway_configuration_unreadable', { path, reason: reasonOf(cause) }, { cause });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
