import { open, readdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** The unit of the kernel's block sizes (Documentation/ABI/stable/sysfs-block), whatever the disk's own is. */
const sector = 512;

/**
 * Bytes that are not worth a change: GPT's backup and alignment leave some at every disk's end, and ext4 uses no last
 * group that would hold little beside its own tables (6 MiB at most).
 */
const leastGain = 16 * 1024 * 1024;

/** Where the kernel tells of mounts and disks, and where the disks themselves are. */
export interface DiskPlaces {
  readonly mounts: string;
  readonly devices: string;
  readonly nodes: string;
}

const thisMachine: DiskPlaces = {
  mounts: '/proc/self/mountinfo',
  devices: '/sys/dev/block',
  nodes: '/dev',
};

/**
 * Bytes of the root disk that the root filesystem could have: those at its end that no partition uses, and those of
 * its partition beyond the filesystem, which a growth that was cut off leaves. 0 when they are not worth taking;
 * undefined when the root filesystem is not on a partition of a disk.
 */
export async function observeRootDisk(places: DiskPlaces = thisMachine): Promise<number | undefined> {
  const device = rootDevice(await readFile(places.mounts, 'utf8').catch(() => ''));
  if (device === undefined) return undefined;
  const partition = await realpath(join(places.devices, device)).catch(() => undefined);
  if (partition === undefined || (await partitionEnd(partition)) === undefined) return undefined;
  const disk = dirname(partition);
  const [size, own] = await Promise.all([attribute(disk, 'size'), attribute(partition, 'size')]);
  if (size === undefined || own === undefined) return undefined;
  const entries = await readdir(disk);
  const ends = await Promise.all(entries.map((name) => partitionEnd(join(disk, name))));
  const tail = (size - Math.max(...ends.map((end) => end ?? 0))) * sector;
  const used = (await ext4Size(join(places.nodes, basename(partition)))) ?? own * sector;
  const unused = tail + Math.max(0, own * sector - used);
  return unused < leastGain ? 0 : unused;
}

/**
 * Gives the root partition what `observeRootDisk` found, while the system runs, and then its filesystem. The first
 * command also moves GPT's backup to the disk's end. When only it came through, the next run or boot does the rest
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

/**
 * Bytes of the ext4 filesystem on `device`, as its superblock has them (Linux, Documentation/filesystems/ext4/super.rst);
 * statfs would leave out what ext4 itself uses. Undefined when there is none, or it cannot be read.
 */
async function ext4Size(device: string): Promise<number | undefined> {
  const file = await open(device, 'r').catch(() => undefined);
  if (!file) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1024), 0, 1024, 1024);
    if (bytesRead < 1024 || buffer.readUInt16LE(0x38) !== 0xef53) return undefined;
    const blocks = buffer.readUInt32LE(0x150) * 2 ** 32 + buffer.readUInt32LE(0x4);
    return blocks * 1024 * 2 ** buffer.readUInt32LE(0x18);
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}

async function attribute(directory: string, name: string): Promise<number | undefined> {
  const text = await readFile(join(directory, name), 'utf8').catch(() => '');
  return /^\d+\n?$/.test(text) ? Number(text) : undefined;
}
