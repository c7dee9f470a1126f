import type { Settings } from '../context/variables.ts';
import { failure, type OnePilotError } from '../errors/catalogue.ts';
import { canonicalAddress } from '../network/address.ts';
import { isPublicAddress } from '../network/public-address.ts';
import type { AcmeServer, AcmeWanted, Identifier } from './acme/wanted.ts';
import type { CertificateWish } from './choose.ts';
import { acmeSubjects, certificateMode } from './mode.ts';

/** What is to be done for the certificate that others trust too. */
export interface CertificateIntent {
  readonly wish: CertificateWish;
  /** What an ACME CA is asked for; nothing: none is asked. */
  readonly acme: AcmeWanted | undefined;
  readonly warnings: readonly OnePilotError[];
}

const letsEncrypt = {
  production: 'https://acme-v02.api.letsencrypt.org/directory',
  staging: 'https://acme-staging-v02.api.letsencrypt.org/directory',
} as const;

/**
 * What the settings mean for a machine with these addresses. Pure.
 * @param before What an earlier run asked an ACME CA for: `auto` stays with its address until the machine has another
 *   public one and not that.
 */
export function certificateIntent(
  settings: Settings,
  addresses: readonly string[],
  before: AcmeWanted | undefined,
): CertificateIntent {
  const mode = certificateMode(settings);
  if (mode !== 'acme') {
    const { tlsDomain, tlsAddress } = settings;
    const identifiers = identifiersOf(tlsDomain, tlsAddress === 'auto' ? undefined : tlsAddress);
    return { wish: { whose: mode, identifiers }, acme: undefined, warnings: [] };
  }
  const { domain, address: named } = acmeSubjects(settings);
  const isAuto = named === 'auto';
  // Addresses may come late: until there are some, nothing is said of them to the ACME unit.
  if (isAuto && addresses.length === 0 && before) return intentAsBefore(before);
  const address = isAuto ? publicAddress(addresses, before) : named;
  const identifiers = identifiersOf(domain, address);
  const warnings =
    isAuto && address === undefined
      ? [failure('ACME_NO_PUBLIC_ADDRESS', { addresses: addresses.join(', ') || 'it has none' })]
      : [];
  const acme = identifiers.length > 0 ? wantedOf(settings, identifiers, addresses) : undefined;
  return { wish: { whose: 'acme', identifiers }, acme, warnings };
}

/** Where the settings are wrong or cannot be read: what was asked for is asked for still. Pure. */
export function intentAsBefore(before: AcmeWanted | undefined): CertificateIntent {
  return {
    wish: { whose: 'as-before', identifiers: before?.identifiers ?? [] },
    acme: before,
    warnings: [],
  };
}

/** A public address may be late or lost for a while; what leaves it out would be another certificate to be ordered. */
function publicAddress(addresses: readonly string[], before: AcmeWanted | undefined): string | undefined {
  const open = addresses.map(canonicalAddress).filter(isPublicAddress);
  const asked = before?.identifiers.find(({ type, value }) => type === 'ip' && isPublicAddress(value))?.value;
  if (asked !== undefined && open.includes(asked)) return asked;
  return open[0] ?? asked;
}

function identifiersOf(domain: string | undefined, address: string | undefined): Identifier[] {
  return [
    ...(domain === undefined ? [] : [{ type: 'dns', value: domain } as const]),
    ...(address === undefined ? [] : [{ type: 'ip', value: address } as const]),
  ];
}

function wantedOf(
  settings: Settings,
  identifiers: readonly Identifier[],
  addresses: readonly string[],
): AcmeWanted {
  const { acmeContact: contact, acmeProfile: profile, acmeRoots: roots } = settings;
  const { acmeKeyId: keyId, acmeKey: key } = settings;
  const directory = settings.acmeDirectory ?? letsEncrypt.production;
  const staging =
    settings.acmeStaging ?? (directory === letsEncrypt.production ? letsEncrypt.staging : undefined);
  const server: AcmeServer = {
    directory,
    ...(keyId !== undefined && key && { binding: { keyId, key: key.reveal() } }),
  };
  return {
    identifiers: [...identifiers],
    server,
    ...(staging !== undefined && { staging: { directory: staging } }),
    ...(contact !== undefined && { contact }),
    ...(profile !== undefined && { profile }),
    ...(roots !== undefined && { roots }),
    addresses: addresses.map(canonicalAddress),
  };
}
