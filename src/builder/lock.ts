import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../errors/catalogue.ts';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Lets one build at a time use `directory`. A lock left by a process that is gone is taken over.
 * @returns a function that gives the lock back
 * @throws BUILD_LOCKED when another build is running
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, 'lock');
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx' });
      return () => rm(path, { force: true });
    } catch {
      const holder = Number(await readFile(path, 'utf8').catch(() => '0'));
      if (holder > 0 && isAlive(holder)) throw failure('BUILD_LOCKED', { pid: holder, path });
      await rm(path, { force: true });
    }
  }
}
