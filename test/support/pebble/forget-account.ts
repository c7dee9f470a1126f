import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes the next order one of another account, so that the server must ask for its challenges. Pebble takes one
 * order in a hundred over without asking where the account has proven itself before, even with PEBBLE_AUTHZREUSE=0
 * (Pebble 2.4.0, wfe/wfe.go: `rand.Intn(100) > wfe.authzReusePercent`).
 * @param state The ACME unit's directory.
 */
export async function forgetAccount(state: string): Promise<void> {
  for (const file of await readdir(state)) if (file.startsWith('account-')) await rm(join(state, file));
}
