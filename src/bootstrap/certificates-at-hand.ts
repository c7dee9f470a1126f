import { AcmeRecord } from '../certificates/acme/record.ts';
import { AcmeWanted } from '../certificates/acme/wanted.ts';
import { type Identity, splitIdentity } from '../certificates/identity.ts';
import { jsonOrUndefined } from '../machine/json-text.ts';
import type { Paths } from '../machine/paths.ts';
import { readUntrusted } from '../machine/untrusted-file.ts';
import { readText } from './files.ts';

/** What earlier runs of the agent and the ACME unit left. What cannot be read counts as not there. */
export interface CertificatesAtHand {
  /** Served beside the own CA's certificate. */
  readonly served: Identity | undefined;
  /** What the ACME unit was told to ask for. */
  readonly asked: AcmeWanted | undefined;
  /** What it got last. */
  readonly stock: Identity | undefined;
  /** What it says of itself. */
  readonly record: AcmeRecord | undefined;
}

export async function readCertificates(
  paths: Pick<Paths, 'trustedIdentity' | 'acmeWanted' | 'acmeIdentity' | 'acmeRecord'>,
): Promise<CertificatesAtHand> {
  return {
    served: splitIdentity(await readText(paths.trustedIdentity)),
    asked: AcmeWanted.safeParse(jsonOrUndefined(await readText(paths.acmeWanted))).data,
    stock: splitIdentity(await readUntrusted(paths.acmeIdentity)),
    record: AcmeRecord.safeParse(jsonOrUndefined(await readUntrusted(paths.acmeRecord))).data,
  };
}
