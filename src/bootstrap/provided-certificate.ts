import { getCACertificates } from 'node:tls';
import { readProvidedFile } from '../certificates/provided/read-file.ts';
import { type Placed, type Provided, readProvided } from '../certificates/provided/read-provided.ts';
import type { PemSource } from '../context/kinds/pem.ts';
import { type Settings, variables } from '../context/variables.ts';
import type { Paths } from '../machine/paths.ts';
import { diskMount } from '../models/store/disks.ts';

/** The certificate that the settings provide, in themselves or on attached disks, looked at as a whole. */
export async function readProvidedCertificate(
  { tlsCertificate, tlsKey, tlsDomain: domain }: Pick<Settings, 'tlsCertificate' | 'tlsKey' | 'tlsDomain'>,
  paths: Pick<Paths, 'disks'>,
  now: Date,
): Promise<Provided | undefined> {
  // One without the other is an error of the context.
  if (!tlsCertificate || !tlsKey) return undefined;
  const certificate = await placed(tlsCertificate, variables.tlsCertificate.name, (pem) => pem, paths);
  const key = await placed(tlsKey, variables.tlsKey.name, (pem) => pem.reveal(), paths);
  if ('problems' in certificate || 'problems' in key) {
    return { problems: [certificate, key].flatMap((part) => ('problems' in part ? part.problems : [])) };
  }
  return readProvided(certificate, key, { now, domain, roots: knownRoots });
}

async function placed<Pem>(
  source: PemSource<Pem>,
  variable: string,
  textOf: (pem: Pem) => string,
  paths: Pick<Paths, 'disks'>,
): Promise<Placed | Extract<Provided, { problems: unknown }>> {
  if (source.kind === 'inline') return { text: textOf(source.pem), place: variable };
  return readProvidedFile(source, diskMount(source.label, paths));
}

/** Roots that clients are likely to know: the public ones, and those that Debian was told to trust. */
function knownRoots(): readonly string[] {
  return [...getCACertificates('bundled'), ...getCACertificates('system')];
}
