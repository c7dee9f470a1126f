import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { failure, OnePilotError } from '../errors/catalogue.ts';
import { emptyKeyStore, type KeyStore, parseKeyStore } from '../keys/store.ts';
import { GatewayConfiguration } from './configuration.ts';
import { type InForce, inForce } from './in-force.ts';
import { type Certificate, checkCertificate } from './secure-server.ts';

/** A configuration with everything it names, read and checked. */
export interface Loaded {
  readonly inForce: InForce;
  readonly certificate: Certificate;
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
 * As `load`, for a gateway that has nothing to fall back on: when the key store cannot be read it serves the
 * configured keys, revoked ones among them, and the caller must say so. (A reload refuses instead: what was
 * revoked stays so as long as the gateway runs.)
 */
export async function loadAtStart(
  configuration: GatewayConfiguration,
): Promise<Loaded & { readonly keyStoreProblem?: OnePilotError }> {
  try {
    return await load(configuration);
  } catch (error) {
    if (!(error instanceof OnePilotError) || error.code !== 'KEY_STORE_UNREADABLE') throw error;
    return { ...(await loadWith(configuration, emptyKeyStore)), keyStoreProblem: error };
  }
}

async function loadWith(configuration: GatewayConfiguration, store: KeyStore): Promise<Loaded> {
  const { tls } = configuration;
  const [cert, key, authority] = await Promise.all([
    read(tls.certificate),
    read(tls.key),
    read(tls.authority),
  ]);
  const certificate = { cert, key };
  try {
    checkCertificate(certificate);
  } catch (cause) {
    const values = { certificate: tls.certificate, key: tls.key, reason: reasonOf(cause) };
    throw failure('gateway_certificate_unusable', values, { cause });
  }
  return { inForce: inForce(configuration, store, authority), certificate };
}

async function readKeyStore(path: string): Promise<KeyStore> {
  let text: string | undefined;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    if (!isAbsent) throw failure('KEY_STORE_UNREADABLE', { path, reason: reasonOf(cause) }, { cause });
  }
  return parseKeyStore(path, text);
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

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
