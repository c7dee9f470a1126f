import type { AcmeWanted } from './wanted.ts';

/**
 * What a record is about, as one line: the identifiers and the CA that is asked. The order of identifiers does not
 * matter, to CAs neither when they count duplicates.
 */
export function subjectOf({ identifiers, server }: Pick<AcmeWanted, 'identifiers' | 'server'>): string {
  const listed = identifiers.map(({ type, value }) => `${type}:${value}`).sort();
  return [...new Set(listed), `at ${server.directory}`].join(' ');
}
