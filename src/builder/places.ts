import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout this code runs from. */
export const checkout = resolve(fileURLToPath(import.meta.url), '../../..');

/**
 * Where heavy artefacts live: outside the checkout, so that a fresh clone finds them.
 * `ONEPILOT_CACHE`, else `onepilot` in the XDG cache directory (XDG Base Directory Specification 0.8).
 */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.ONEPILOT_CACHE) return resolve(environment.ONEPILOT_CACHE);
  return join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'onepilot');
}
