import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory, checkout } from '../../../src/builder/places.ts';

/** What is installed, with the hash of each package (`npm run lockfile` completes it). */
const pinned = join(checkout, 'test/clients/programs');
const manifests = ['package.json', 'package-lock.json'] as const;

/**
 * The directory `node_modules` with the clients, in the cache; installs them when these versions are not there. Their
 * own scripts are not run: they would only link the binaries, which are called where they are.
 */
export async function installedClients(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of manifests) hash.update(await readFile(join(pinned, name)));
  const place = join(cacheDirectory(), `clients-${hash.digest('hex').slice(0, 16)}`);
  const modules = join(place, 'node_modules');
  if (await stat(modules).catch(() => undefined)) return modules;
  const partial = await mkdtemp(`${place}.partial-`);
  try {
    for (const name of manifests) await copyFile(join(pinned, name), join(partial, name));
    await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], partial);
    await rename(partial, place).catch(async (error) => {
      // Somebody else was faster.
      if (!(await stat(modules).catch(() => undefined))) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return modules;
}

async function npm(args: readonly string[], cwd: string): Promise<void> {
  const child = spawn('npm', args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
  if (code !== 0) throw new Error(`npm ${args.join(' ')} failed.`);
}
