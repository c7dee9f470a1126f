import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { growRootDisk, observeRootDisk } from '../../../src/machine/root-disk.ts';

const mebibyte = 1024 ** 2;
/** Sectors of 512 bytes. */
const mebibytes = (count: number) => count * 2048;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'onepilot-test-'));
});
afterEach(() => rm(root, { recursive: true }));

async function attributes(path: string, values: Readonly<Record<string, number>>): Promise<void> {
  await mkdir(join(root, path), { recursive: true });
  for (const [name, value] of Object.entries(values)) await writeFile(join(root, path, name), `${value}\n`);
}

/** The kernel's view of an image's disk of `size` MiB: EFI from 2, root from 66, to 4095 if nothing else is said. */
async function diskOf(size: number, mounted = '254:3', rootSize = 4029): Promise<number | undefined> {
  const disk = 'devices/pci0000:00/virtio1/block/vda';
  await attributes(disk, { size: mebibytes(size), ro: 0 });
  await attributes(`${disk}/queue`, { rotational: 1 });
  await attributes(`${disk}/vda2`, { partition: 2, start: mebibytes(2), size: mebibytes(64) });
  await attributes(`${disk}/vda3`, { partition: 3, start: mebibytes(66), size: mebibytes(rootSize) });
  await mkdir(join(root, 'dev/block'), { recursive: true });
  await symlink(`../../${disk}/vda3`, join(root, 'dev/block/254:3'));
  await symlink(`../../${disk}`, join(root, 'dev/block/254:0'));
  await writeFile(
    join(root, 'mountinfo'),
    [
      '1 1 0:2 / / rw - rootfs rootfs rw',
      `22 1 ${mounted} / / rw,relatime - ext4 /dev/vda3 rw`,
      '23 22 0:21 / /sys rw - sysfs sysfs rw',
      '',
    ].join('\n'),
  );
  return observeRootDisk({ mounts: join(root, 'mountinfo'), devices: join(root, 'dev/block'), nodes: root });
}

test('room that the disk was given is at its end', async () => {
  expect(await diskOf(20_480)).toBe((20_480 - 4095) * mebibyte);
});

test('what every image leaves at its end is no room', async () => {
  expect(await diskOf(4096)).toBe(0);
});

test('16 MiB are worth taking, less is not', async () => {
  expect(await diskOf(4095 + 16)).toBe(16 * mebibyte);
  await rm(join(root, 'dev'), { recursive: true });
  expect(await diskOf(4095 + 15)).toBe(0);
});

test('a root that is a whole disk cannot grow this way', async () => {
  expect(await diskOf(20_480, '254:0')).toBeUndefined();
});

test('a root on no disk, as containers have it, cannot grow', async () => {
  expect(await diskOf(20_480, '0:45')).toBeUndefined();
});

describe('the filesystem', () => {
  /** An ext4 filesystem of `size` MiB, at the start of a partition that is larger. */
  async function filesystemOf(size: number): Promise<void> {
    await writeFile(join(root, 'vda3'), '');
    execFileSync('mke2fs', ['-q', '-F', '-t', 'ext4', join(root, 'vda3'), `${size}M`]);
    await truncate(join(root, 'vda3'), 4029 * mebibyte);
  }

  test('that does not fill its partition, because growing was cut off, leaves room', async () => {
    await filesystemOf(2029);
    expect(await diskOf(4096)).toBe((2000 + 1) * mebibyte);
  });

  test('that fills its partition, but for a last group too small for use, leaves none', async () => {
    // 31 groups of 128 MiB and 2 MiB, for which mke2fs has no use.
    await filesystemOf(31 * 128 + 2);
    const rootSize = 31 * 128 + 2;
    expect(await diskOf(66 + rootSize + 1, '254:3', rootSize)).toBe(0);
  });

  test('of more than 2^32 blocks is measured whole', async () => {
    const superblock = Buffer.alloc(2048);
    superblock.writeUInt32LE(5, 1024 + 0x4);
    superblock.writeUInt32LE(2, 1024 + 0x18);
    superblock.writeUInt16LE(0xef53, 1024 + 0x38);
    superblock.writeUInt32LE(1, 1024 + 0x150);
    await writeFile(join(root, 'vda3'), superblock);
    expect(await diskOf(4096)).toBe(0);
  });

  test('of another kind is left alone', async () => {
    await writeFile(join(root, 'vda3'), Buffer.alloc(4096, 1));
    expect(await diskOf(4096)).toBe(0);
  });
});

test('growing stops when the partition could not be grown', async () => {
  const commands: string[] = [];
  const run = async (command: string) => {
    commands.push(command);
    throw new Error('no');
  };
  await expect(growRootDisk(run)).rejects.toThrow('no');
  expect(commands).toEqual(['systemd-repart']);
});
