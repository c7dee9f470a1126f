import { isFor } from '../../certificates/served-to.ts';
import { describe, hasEnded, leadsTo } from './certificate/description.ts';
import { readTrusted } from './certificate/known.ts';
import type { CommandWorld } from './command.ts';

/** Whose certificate clients see at an address, and so whether they must be told to trust somebody. */
export type Trust =
  | { readonly issuer: 'own CA' }
  /** One that programs know without being told. */
  | { readonly issuer: 'public CA' }
  | { readonly issuer: 'other CA'; readonly name: string };

/** @param host A name or an address. */
export async function trustAt(host: string, { paths, now, roots }: CommandWorld): Promise<Trust> {
  const trusted = await readTrusted(paths);
  if (!trusted || hasEnded(trusted.leaf, now()) || !isFor(trusted.leaf, host)) return { issuer: 'own CA' };
  const isPublic = leadsTo(trusted.identity.certificate, (await roots()).everywhere);
  return isPublic ? { issuer: 'public CA' } : { issuer: 'other CA', name: describe(trusted.leaf).issuer };
}
