import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { System } from '../../machine/system.ts';
import type { Secret } from '../secret.ts';
import { exists, readContextDirectory, readToken } from './files.ts';
import type { Found } from './source.ts';

/** Milliseconds between looks for the disk. */
const lookEvery = 100;

/**
 * The context on the disk that OpenNebula attaches; undefined when there is no disk.
 * @param patience Milliseconds to wait for it, since udev may not have found it yet.
 */
export async function readDisk(device: string, system: System, patience: number): Promise<Found | undefined> {
  if (!(await appears(device, patience))) return undefined;
  return onDisk(device, system, async (directory) => {
    const found = await readContextDirectory(directory);
    if (found === undefined) throw new Error('it holds no context.sh');
    return found;
  });
}

/** The token on the disk; undefined when there is no disk, no token on it, or when it cannot be read. */
export async function readDiskToken(device: string, system: System): Promise<Secret | undefined> {
  if (!(await exists(device))) return undefined;
  try {
    return await onDisk(device, system, readToken);
  } catch {
    return undefined;
  }
}

async function onDisk<Content>(
  device: string,
  system: System,
  read: (directory: string) => Promise<Content>,
): Promise<Content> {
  const directory = await mkdtemp(join(tmpdir(), 'onepilot-context-'));
  try {
    await system.mount(device, directory);
    try {
      return await read(directory);
    } finally {
      await system.unmount(directory);
    }
  } finally {
    await rmdir(directory);
  }
}

async function appears(path: string, patience: number): Promise<boolean> {
  for (let waited = 0; ; waited += lookEvery) {
    if (await exists(path)) return true;
    if (waited >= patience) return false;
    await sleep(lookEvery);
  }
}
