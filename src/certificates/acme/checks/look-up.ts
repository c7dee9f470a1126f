import type { Resolver } from 'node:dns/promises';
import { failure } from '../../../errors/catalogue.ts';
import { canonicalAddress } from '../../../network/address.ts';
import { type Check, doubtful, failed } from './check.ts';

/** How names are looked up: by name servers alone, as CAs do it. */
export type NameLookup = Pick<Resolver, 'resolve4' | 'resolve6'>;

/** What a name server says when a name does not exist, or has no address of that kind. */
const nothingThere = new Set(['ENOTFOUND', 'ENODATA']);

/** The addresses that a name leads to, or the check that says why there are none. */
export async function lookUp(
  name: string,
  ours: readonly string[],
  names: NameLookup,
): Promise<readonly string[] | Check> {
  const answers = await Promise.allSettled([names.resolve6(name), names.resolve4(name)]);
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  if (found.length > 0) return [...new Set(found.map(canonicalAddress))];
  const codes = answers.flatMap((answer) => (answer.status === 'rejected' ? [codeOf(answer.reason)] : []));
  const trouble = codes.find((code) => !nothingThere.has(code));
  if (trouble !== undefined) return doubtful(name, failure('ACME_NAME_UNSEEN', { name, reason: trouble }));
  return failed(name, failure('ACME_NAME_UNKNOWN', { name, addresses: ours.join(', ') || 'none yet' }));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
