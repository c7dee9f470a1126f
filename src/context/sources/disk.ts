import { chmod, mkdir, mkdtemp, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { System } from '../../machine/system.ts';
import type { Secret } from '../secret.ts';
import { exists, readContextDirectory, readToken } from './files.ts';
import type { Found } from './source.ts';

/** Milliseconds between looks for the disk. */
const lookEvery = 100;

/** Milliseconds after which a disk that udev may still be looking at is not waited for any longer. */
const longestLook = 20_000;

/** The disk that OpenNebula attaches, and where it may be mounted. */
export interface DiskPlaces {
  readonly contextDevice: string;
  /** A directory for nothing else. */
  readonly contextMounts: string;
  /** There as long as udev has something to look at (udevadm(8), `settle`). */
  readonly udevQueue: string;
}

/**
 * The context on the disk; undefined when there is no disk.
 * @param patience Milliseconds to wait for it, since udev may not have found it yet; longer while that is busy. 0 does
 *   not wait at all.
 */
export async function readDisk(
  places: DiskPlaces,
  system: System,
  patience: number,
): Promise<Found | undefined> {
  if (!(await appears(places, patience))) return undefined;
  return onDisk(places, system, async (directory) => {
    const found = await readContextDirectory(directory);
    if (found === undefined) throw new Error('it holds no context.sh');
    return found;
  });
}

/** The token on the disk; undefined when there is no disk, no token on it, or when it cannot be read. */
export async function readDiskToken(places: DiskPlaces, system: System): Promise<Secret | undefined> {
  if (!(await exists(places.contextDevice))) return undefined;
  try {
    return await onDisk(places, system, readToken);
  } catch {
    return undefined;
  }
}

async function onDisk<Content>(
  { contextDevice, contextMounts }: DiskPlaces,
  system: System,
  read: (directory: string) => Promise<Content>,
): Promise<Content> {
  // A mounted disk has its own mode, which lets everybody in: only the directory around it keeps others out.
  await mkdir(contextMounts, { recursive: true });
  await chmod(contextMounts, 0o700);
  await removeLeftovers(contextMounts, system);
  // One for each reader: the agent and the admin's command may read at the same time.
  const directory = await mkdtemp(join(contextMounts, `${process.pid}-`));
  try {
    await system.mount(contextDevice, directory);
    try {
      return await read(directory);
    } finally {
      await system.unmount(directory);
    }
  } finally {
    await rmdir(directory);
  }
}

/** Unmounts what readers that were killed have left: directories that begin with the number of no process. */
async function removeLeftovers(contextMounts: string, system: System): Promise<void> {
  for (const name of await readdir(contextMounts)) {
    if (await exists(`/proc/${Number.parseInt(name, 10)}`)) continue;
    const directory = join(contextMounts, name);
    // It was killed before mounting, perhaps; or another reader has just cleared up.
    await system.unmount(directory).catch(() => undefined);
    await rmdir(directory).catch(() => undefined);
  }
}

async function appears({ contextDevice, udevQueue }: DiskPlaces, patience: number): Promise<boolean> {
  const start = performance.now();
  while (!(await exists(contextDevice))) {
    const waited = performance.now() - start;
    const isBusy = patience > 0 && waited < longestLook && (await exists(udevQueue));
    if (waited >= patience && !isBusy) return false;
    await sleep(lookEvery);
  }
  return true;
}
