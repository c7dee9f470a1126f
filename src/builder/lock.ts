import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../errors/catalogue.ts';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of somebody else's is alive, too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Whether `path` could be made a second name of `own`: at most one process succeeds. */
async function claim(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
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
  const own = `${path}.${process.pid}`;
  // Complete before it gets the lock's name, so that nobody reads a lock without its holder.
  await writeFile(own, String(process.pid));
  try {
    while (!(await claim(own, path))) {
      const holder = Number(await readFile(path, 'utf8').catch(() => '0'));
      if (holder > 0 && isAlive(holder)) throw failure('BUILD_LOCKED', { pid: holder, path });
      // Of several that find it stale, one gets to move it away; the others find it gone or taken.
      await rename(path, `${own}.stale`).catch(() => undefined);
      await rm(`${own}.stale`, { force: true });
    }
  } finally {
    await rm(own, { force: true });
  }
  return () => rm(path, { force: true });
}
