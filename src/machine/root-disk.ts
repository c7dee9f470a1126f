import { readdir, readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The unit of the kernel's block sizes (Documentation/ABI/stable/sysfs-block), whatever the disk's own is. */
const sector = 512;

/** Bytes that are not worth a partition table's change: GPT's backup and alignment leave some at every disk's end. */
const leastGain = 16 * 1024 * 1024;

/** Where the kernel tells of mounts and disks. */
export interface DiskPlaces {
  readonly mounts: string;
  readonly devices: string;
}

const thisMachine: DiskPlaces = { mounts: '/proc/self/mountinfo', devices: '/sys/dev/block' };

/**
 * Bytes at the end of the root disk that no partition uses, 0 when they are not worth taking; undefined when the
 * root filesystem is not on a partition of a disk.
 */
export async function observeRootDisk(places: DiskPlaces = thisMachine): Promise<number | undefined> {
  const device = rootDevice(await readFile(places.mounts, 'utf8').catch(() => ''));
  if (device === undefined) return undefined;
  const partition = await realpath(join(places.devices, device)).catch(() => undefined);
  if (partition === undefined || (await partitionEnd(partition)) === undefined) return undefined;
  const disk = dirname(partition);
  const size = await attribute(disk, 'size');
  if (size === undefined) return undefined;
  const entries = await readdir(disk);
  const ends = await Promise.all(entries.map((name) => partitionEnd(join(disk, name))));
  const unused = (size - Math.max(...ends.map((end) => end ?? 0))) * sector;
  return unused < leastGain ? 0 : unused;
}

/**
 * Gives the root partition what `observeRootDisk` found, while the system runs, and then its filesystem. The first
 * command also moves GPT's backup to the disk's end. When only it came through, the next boot does the rest
 * (x-systemd.growfs in fstab).
 * @param run executes a command, throws when it fails
 */
export async function growRootDisk(
  run: (command: string, ...args: string[]) => Promise<unknown>,
): Promise<void> {
  // Without a device it works on the disk of the running root, as systemd-repart.service does at boot (/etc/repart.d).
  await run('systemd-repart', '--dry-run=no');
  await run('/usr/lib/systemd/systemd-growfs', '/');
}

/** MAJOR:MINOR of what is mounted at `/` (proc_pid_mountinfo(5)); the last mount there hides those before it. */
function rootDevice(mounts: string): string | undefined {
  const fields = mounts.split('\n').map((line) => line.split(' '));
  return fields.findLast(([, , , , mountPoint]) => mountPoint === '/')?.[2];
}

/** The first sector after the partition that sysfs describes in `directory`; undefined when it describes none. */
async function partitionEnd(directory: string): Promise<number | undefined> {
  if ((await attribute(directory, 'partition')) === undefined) return undefined;
  const [start, size] = await Promise.all([attribute(directory, 'start'), attribute(directory, 'size')]);
  return start === undefined || size === undefined ? undefined : start + size;
}

async function attribute(directory: string, name: string): Promise<number | undefined> {
  const text = await readFile(join(directory, name), 'utf8').catch(() => '');
  return /^\d+\n?$/.test(text) ? Number(text) : undefined;
}
