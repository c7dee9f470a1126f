import { createHash } from 'node:crypto';
import type { AcmeWanted } from './wanted.ts';

/**
 * What a record is about, as one line: the identifiers and the CA that is asked. The order of identifiers does not
 * matter, to CAs neither when they count duplicates.
 */
export function subjectOf({ identifiers, server }: Pick<AcmeWanted, 'identifiers' | 'server'>): string {
  const listed = identifiers.map(({ type, value }) => `${type}:${value}`).sort();
  return [...new Set(listed), `at ${server.directory}`].join(' ');
}

/** Digits that tell one way from another, and too few to tell anything of a key. */
const digits = 8;

/**
 * In which way a certificate is wanted: with another key, other roots or another contact, what failed before may go
 * well. The machine's addresses are no part of it: they come and go by themselves, and would end each backoff.
 */
export function wayOf({ addresses: _, ...wanted }: AcmeWanted): string {
  return createHash('sha256').update(JSON.stringify(wanted)).digest('hex').slice(0, digits);
}
