import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { readDisk } from '../context/sources/disk.ts';
import { exists, readContextFile } from '../context/sources/files.ts';
import { type Paths, units } from '../machine/paths.ts';
import type { System } from '../machine/system.ts';

/** Times in milliseconds. */
export interface AgainOptions {
  /** How long the lock of one-context is waited for; the hooks of others may take their time. */
  readonly patience: number;
  /** Between looks. */
  readonly interval?: number;
}

/**
 * Looks at the context disk once more when one-context has run its hooks. It read the disk before them, and a swap
 * meanwhile is lost: the event's start merges into the run that goes on. Where the disk says something else than what
 * was applied, one-context is started again.
 * @throws when the disk cannot be read
 */
export async function contextAgainStep(
  paths: Paths,
  system: System,
  { patience, interval = 1000 }: AgainOptions,
): Promise<'as applied' | 'changed'> {
  const end = performance.now() + patience;
  while ((await exists(paths.oneContextLock)) && performance.now() < end) await sleep(interval);
  const disk = await readDisk(paths, system, 0);
  if (disk === undefined) return 'as applied';
  for (const path of [paths.oneContextLocal, paths.oneContext]) {
    const applied = await readContextFile(path);
    if (isDeepStrictEqual(applied?.values, disk.values)) continue;
    await system.start(units.contextReconfigure, { wait: false });
    return 'changed';
  }
  return 'as applied';
}
