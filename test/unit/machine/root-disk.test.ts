import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
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

/** The kernel's view of an image's disk of `size` MiB: EFI from 2, root from 66 to 4095. */
async function diskOf(size: number, mounted = '254:3'): Promise<number | undefined> {
  const disk = 'devices/pci0000:00/virtio1/block/vda';
  await attributes(disk, { size: mebibytes(size), ro: 0 });
  await attributes(`${disk}/queue`, { rotational: 1 });
  await attributes(`${disk}/vda2`, { partition: 2, start: mebibytes(2), size: mebibytes(64) });
  await attributes(`${disk}/vda3`, { partition: 3, start: mebibytes(66), size: mebibytes(4029) });
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
  return observeRootDisk({ mounts: join(root, 'mountinfo'), devices: join(root, 'dev/block') });
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

test('growing stops when the partition could not be grown', async () => {
  const commands: string[] = [];
  const run = async (command: string) => {
    commands.push(command);
    throw new Error('no');
  };
  await expect(growRootDisk(run)).rejects.toThrow('no');
  expect(commands).toEqual(['systemd-repart']);
});
