import type { X509Certificate } from 'node:crypto';
import { readText } from '../../../bootstrap/files.ts';
import { AcmeRecord } from '../../../certificates/acme/record.ts';
import { AcmeWanted } from '../../../certificates/acme/wanted.ts';
import { type Identity, leafOf, splitIdentity } from '../../../certificates/identity.ts';
import { parseSettings } from '../../../context/parse.ts';
import type { Settings } from '../../../context/variables.ts';
import { jsonOrUndefined } from '../../../machine/json-text.ts';
import type { Paths } from '../../../machine/paths.ts';
import type { CommandWorld } from '../command.ts';

/** A certificate that the gateway is told to serve. */
export interface Stored {
  readonly path: string;
  readonly identity: Identity;
  readonly leaf: X509Certificate;
}

export type TrustedKind = 'acme' | 'provided';

/** What the files say of certificates. What is not there, or cannot be read, is undefined. */
export interface Known {
  readonly mode: Settings['tlsMode'] | undefined;
  readonly own: Stored | undefined;
  readonly trusted: (Stored & { readonly kind: TrustedKind }) | undefined;
  /** The own CA's certificate, in PEM. */
  readonly authority: string | undefined;
  readonly wanted: AcmeWanted | undefined;
  readonly record: AcmeRecord | undefined;
}

export async function readKnown({ paths, readContext }: CommandWorld): Promise<Known> {
  // What is served does not hang on the context: a disk that cannot be read leaves the mode untold, no more.
  const context = await readContext().catch(() => undefined);
  const [own, trusted, wanted, record, authority] = await Promise.all([
    readStored(paths.ownIdentity),
    readStored(paths.trustedIdentity),
    readWanted(paths),
    readRecord(paths),
    readText(paths.authorityCertificate),
  ]);
  return {
    mode: context && parseSettings(context.values).settings.tlsMode,
    own,
    trusted: trusted && { ...trusted, kind: await kindOf(trusted, wanted, paths) },
    authority,
    wanted,
    record,
  };
}

export async function readWanted({ acmeWanted }: Paths): Promise<AcmeWanted | undefined> {
  return AcmeWanted.safeParse(jsonOrUndefined(await readText(acmeWanted))).data;
}

export async function readRecord({ acmeRecord }: Paths): Promise<AcmeRecord | undefined> {
  return AcmeRecord.safeParse(jsonOrUndefined(await readText(acmeRecord))).data;
}

/** The certificate that others trust too, as it is on disk. */
export function readTrusted({ trustedIdentity }: Paths): Promise<Stored | undefined> {
  return readStored(trustedIdentity);
}

async function readStored(path: string): Promise<Stored | undefined> {
  const identity = splitIdentity(await readText(path));
  const leaf = identity && leafOf(identity);
  return identity && leaf && { path, identity, leaf };
}

/** Where it came from. One of ACME that was replaced a moment ago is none in stock any more, but still wanted. */
async function kindOf(
  { leaf }: Stored,
  wanted: AcmeWanted | undefined,
  { acmeIdentity }: Paths,
): Promise<TrustedKind> {
  const stock = await readStored(acmeIdentity);
  return wanted || stock?.leaf.fingerprint256 === leaf.fingerprint256 ? 'acme' : 'provided';
}
