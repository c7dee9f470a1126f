import { resolve } from 'node:path';
import { failure } from '../errors/catalogue.ts';

/**
 * The file of the key to sign with: that of the option, else of `ONEPILOT_SIGNING_KEY`. What is in it is for ssh-keygen
 * alone.
 * @throws SIGNATURE_NO_KEY
 */
export function signingKey(option: string | undefined, environment: NodeJS.ProcessEnv = process.env): string {
  const path = option ?? environment.ONEPILOT_SIGNING_KEY;
  if (!path) throw failure('SIGNATURE_NO_KEY', {});
  return resolve(path);
}
