import type { X509Certificate } from 'node:crypto';
import { readCertificates } from '../../../bootstrap/certificates-at-hand.ts';
import { readText } from '../../../bootstrap/files.ts';
import type { AcmeRecord } from '../../../certificates/acme/record.ts';
import type { AcmeWanted } from '../../../certificates/acme/wanted.ts';
import type { ServedSource } from '../../../certificates/choose.ts';
import { type Identity, leafOf, splitIdentity } from '../../../certificates/identity.ts';
import { parseSettings } from '../../../context/parse.ts';
import type { Settings } from '../../../context/variables.ts';
import { GatewayConfiguration } from '../../../gateway/configuration.ts';
import { jsonOrUndefined } from '../../../machine/json-text.ts';
import type { Paths } from '../../../machine/paths.ts';
import { parseStatus, type Status } from '../../../report/status.ts';
import type { CommandWorld } from '../command.ts';

/** A certificate that the gateway is told to serve. */
export interface Stored {
  readonly path: string;
  readonly identity: Identity;
  readonly leaf: X509Certificate;
}

/** Whose the certificate is that others trust too. */
export type TrustedSource = Exclude<ServedSource, 'own-ca'>;

/** What there is of certificates. What is not there, or cannot be read, is undefined. */
export interface Known {
  /** What the context says; undefined also where it is wrong, as it is not heeded then. */
  readonly settings: Settings | undefined;
  readonly own: Stored | undefined;
  readonly trusted: (Stored & { readonly source: TrustedSource }) | undefined;
  /** This machine's, as the gateway was told where there is a certificate that others trust; empty otherwise. */
  readonly addresses: readonly string[];
  /** The own CA's certificate, in PEM. */
  readonly authority: string | undefined;
  /** What is asked of an ACME CA. */
  readonly wanted: AcmeWanted | undefined;
  readonly record: AcmeRecord | undefined;
  /** What that CA issued last. */
  readonly stock: Identity | undefined;
}

export async function readKnown({ paths, readContext }: CommandWorld): Promise<Known> {
  // What is served does not hang on the context: a disk that cannot be read leaves the mode untold, no more.
  const context = await readContext().catch(() => undefined);
  const parsed = context?.complete ? parseSettings(context.values) : undefined;
  const { asked: wanted, record, stock, served } = await readCertificates(paths);
  const trusted = stored(paths.trustedIdentity, served);
  const configuration = GatewayConfiguration.safeParse(
    jsonOrUndefined(await readText(paths.gatewayConfiguration)),
  ).data;
  const status = parseStatus(await readText(paths.appliance));
  return {
    settings: parsed && parsed.errors.length === 0 ? parsed.settings : undefined,
    own: stored(paths.ownIdentity, splitIdentity(await readText(paths.ownIdentity))),
    trusted: trusted && { ...trusted, source: sourceOf(trusted, status, { wanted, stock }) },
    addresses: configuration?.tls.addresses ?? [],
    authority: await readText(paths.authorityCertificate),
    wanted,
    record,
    stock,
  };
}

/** The certificate that others trust too, as it is on disk. */
export async function readTrusted({ trustedIdentity }: Paths): Promise<Stored | undefined> {
  return stored(trustedIdentity, splitIdentity(await readText(trustedIdentity)));
}

function stored(path: string, identity: Identity | undefined): Stored | undefined {
  const leaf = identity && leafOf(identity);
  return identity && leaf && { path, identity, leaf };
}

/** As the agent said when it chose; before it has, as the files look. */
function sourceOf(
  { leaf, identity }: Stored,
  status: Status | undefined,
  { wanted, stock }: Pick<Known, 'wanted' | 'stock'>,
): TrustedSource {
  const told = status?.certificate;
  if (told && told.notAfter === leaf.validToDate.toISOString()) return told.source;
  return wanted || stock?.certificate === identity.certificate ? 'acme' : 'provided';
}
