import { createHash } from 'node:crypto';
import type { AcmeServer } from './wanted.ts';

/**
 * Name of the file that keeps something about one server. Under another binding an account is another one, so it has
 * another name.
 */
export function serverFile(what: 'account' | 'order', { directory, binding }: AcmeServer): string {
  const hash = createHash('sha256').update(JSON.stringify([directory, binding?.keyId ?? null]));
  return `${what}-${hash.digest('hex').slice(0, 16)}.json`;
}
