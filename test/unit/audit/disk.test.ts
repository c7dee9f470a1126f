import { describe, expect, it } from 'vitest';
import type { FreeSpace } from '../../../src/audit/free-space.ts';
import { cleanNodes, cleanPartitions, findings } from './small-image.ts';

const [, efi, root] = cleanPartitions;
const more = { type: '0FC63DAF-8483-4772-8E79-3D69D8477DE4', start: 8_388_568 * 512, length: 512 };
const end = 135_168 * 512;

describe('the partitions of a disk', () => {
  it('are found out when there is one more', async () => {
    expect(await findings(cleanNodes(), { partitions: [...cleanPartitions, more] })).toEqual([
      `disk: a partition of 512 bytes at ${more.start}, ${more.type}, is not the build's`,
    ]);
  });

  it('are found out when there are two of a type', async () => {
    const second = { ...efi, type: efi?.type ?? '', start: end, length: 512 };
    expect(await findings(cleanNodes(), { partitions: [...cleanPartitions, second] })).toEqual([
      `disk: a partition of 512 bytes at ${end}, ${second.type}, is not the build's`,
    ]);
  });

  it('are found out when one is smaller, or elsewhere', async () => {
    const partitions = cleanPartitions.map((partition) => ({
      ...partition,
      ...(partition === efi && { length: 4096 }),
      ...(partition === root && { start: end + 4096 }),
    }));
    expect(await findings(cleanNodes(), { partitions })).toEqual([
      expect.stringMatching(/^disk: a partition of 4096 bytes at 2097152, C12A7328-.*, is not the build's$/),
      expect.stringMatching(
        new RegExp(`^disk: a partition of \\d+ bytes at ${end + 4096}, .*, is not the build's$`),
      ),
      'disk: the partition efi is not where the build puts it',
      'disk: the partition root is not where the build puts it',
    ]);
  });
});

describe('the directory that the EFI partition is mounted on', () => {
  it('is found out when something lies in it', async () => {
    expect(await findings(cleanNodes(), { hidden: ['/boot/efi/spy'] })).toEqual([
      'disk: /boot/efi/spy is covered by the EFI partition, which is mounted over it',
    ]);
  });
});

describe('what is free on a disk', () => {
  it('is found out by what its free blocks and its journal hold', async () => {
    const freeSpace: FreeSpace = {
      garbage: [
        { area: 'root', start: 0, length: 4096 },
        { area: 'root', start: 9000, length: 1024 },
        { area: 'efi', start: 20_000, length: 512 },
        { area: 'disk', start: 30_000, length: 4096 },
      ],
      needsRecovery: true,
    };
    expect(await findings(cleanNodes(), { freeSpace })).toEqual([
      'free-space: 5 KiB of free blocks, or of the journal, hold what was deleted or written before',
      'free-space: 1 KiB of the EFI partition hold what no file there accounts for',
      'free-space: 4 KiB outside of the partitions and their file systems are not zeros',
      'free-space: the journal of the root file system holds changes that were not written',
    ]);
  });
});
