import * as z from 'zod';
import type { Shell } from '../builder/shell.ts';
import { parseInode } from './debugfs.ts';
import type { RawDisk } from './disk.ts';
import { unusedOfFat32 } from './fat32.ts';
import { complement, intersection, joined, type Range } from './ranges.ts';

/** What dumpe2fs says of an ext4 file system. */
export interface Geometry {
  /** Bytes. */
  readonly blockSize: number;
  /** Of the whole file system, in bytes. */
  readonly size: number;
  /** Runs of free blocks, in bytes from the file system's beginning. */
  readonly free: readonly Range[];
  /** The journal holds changes that are not in their places yet: what was read is not what will boot. */
  readonly needsRecovery: boolean;
}

/** Whose free space it is; `disk`: what belongs to no file system. */
export type Area = 'root' | 'efi' | 'disk';

/** The part of a disk whose content means nothing. */
export interface FreeSpace {
  /** Blocks in it that are not zeros: bytes from the disk's beginning. */
  readonly garbage: readonly (Range & { readonly area: Area })[];
  readonly needsRecovery: boolean;
}

/** Parses the output of `dumpe2fs`. @throws Error when it is none */
export function parseGeometry(text: string): Geometry {
  const blockSize = Number(/^Block size: +(\d+)$/m.exec(text)?.[1]);
  const blocks = Number(/^Block count: +(\d+)$/m.exec(text)?.[1]);
  if (!Number.isSafeInteger(blockSize)) throw new Error('dumpe2fs names no block size');
  if (!Number.isSafeInteger(blocks)) throw new Error('dumpe2fs names no count of blocks');
  const free = [...text.matchAll(/^ {2}Free blocks: (.*)$/gm)].flatMap(([, list = '']) =>
    [...list.matchAll(/(\d+)(?:-(\d+))?/g)].map(([, first = '', last = first]) => ({
      start: Number(first) * blockSize,
      length: (Number(last) - Number(first) + 1) * blockSize,
    })),
  );
  const hasStart = /^Journal start: +[1-9]/m.test(text);
  return {
    blockSize,
    size: blocks * blockSize,
    free,
    needsRecovery: hasStart || /^Filesystem features:.*\bneeds_recovery\b/m.test(text),
  };
}

/** The journal's inode, as in every ext4. */
const journalInode = 8;

/**
 * Blocks of the journal's log. Nothing reads them where the journal is empty, and its first block, the superblock, says
 * that it is (jbd2: journal_superblock_s, s_start).
 */
async function journalLog({ device }: RawDisk, blockSize: number, shell: Shell): Promise<Range[]> {
  const { extents } = parseInode(
    `${await shell.run(['debugfs', '-c', '-R', `stat <${journalInode}>`, device])}\n`,
  );
  return extents.flatMap(({ logical, physical, length, unwritten }) => {
    const skipped = logical === 0 ? 1 : 0;
    if (unwritten || length === skipped) return [];
    return [{ start: (physical + skipped) * blockSize, length: (length - skipped) * blockSize }];
  });
}

const AllocationMap = z.array(z.looseObject({ start: z.int(), length: z.int(), data: z.boolean() }));

/** Of the root file system: its free blocks and its empty journal. */
async function unusedOfRoot(disk: RawDisk, geometry: Geometry, shell: Shell): Promise<Range[]> {
  const log = geometry.needsRecovery ? [] : await journalLog(disk, geometry.blockSize, shell);
  return [...geometry.free, ...log]
    .map(({ start, length }) => ({ start: start + disk.offsets.root, length }))
    .sort((a, b) => a.start - b.start);
}

/** Where ext4 keeps its superblock; what is before it is for boot loaders, and ours is elsewhere. */
const superblock = 1024;

/** Before, between and behind the partitions, and what of the root partition its file system leaves. */
function unusedOfDisk({ partitions, tables, offsets, size }: RawDisk, fileSystem: number): Range[] {
  const others = partitions.filter(({ start }) => start !== offsets.root);
  const root = { start: offsets.root + superblock, length: fileSystem - superblock };
  return complement([...tables, ...others, root], size);
}

const step = 4096;

/** Runs in a sorted list that hold anything but zeros. */
async function notZero({ file }: RawDisk, ranges: readonly Range[]): Promise<Range[]> {
  const found: Range[] = [];
  const zero = Buffer.alloc(step);
  const block = Buffer.alloc(step);
  for (const { start, length } of ranges) {
    for (let at = start; at < start + length; at += step) {
      const { bytesRead } = await file.read(block, 0, Math.min(step, start + length - at), at);
      if (!block.subarray(0, bytesRead).equals(zero.subarray(0, bytesRead))) {
        found.push({ start: at, length: bytesRead });
      }
    }
  }
  return joined(found);
}

/** Looks for what is not zero where nothing is kept: in both file systems, and outside of the partitions. */
export async function examineFreeSpace(disk: RawDisk, shell: Shell): Promise<FreeSpace> {
  const geometry = parseGeometry(await shell.run(['dumpe2fs', disk.device], { secret: true }));
  const efi = disk.partitions.find(({ start }) => start === disk.offsets.efi);
  const unused: Readonly<Record<Area, readonly Range[]>> = {
    root: await unusedOfRoot(disk, geometry, shell),
    efi: efi ? joined(await unusedOfFat32(disk.file, efi)) : [],
    disk: unusedOfDisk(disk, geometry.size),
  };
  const printed = await shell.run(['qemu-img', 'map', '--output=json', '-f', 'raw', disk.path], {
    secret: true,
  });
  const data = AllocationMap.parse(JSON.parse(printed)).filter((run) => run.data);
  const garbage: (Range & { readonly area: Area })[] = [];
  for (const area of ['root', 'efi', 'disk'] as const) {
    const found = await notZero(disk, intersection(unused[area], data));
    garbage.push(...found.map((range) => ({ ...range, area })));
  }
  return { garbage, needsRecovery: geometry.needsRecovery };
}
