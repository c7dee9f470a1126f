import * as z from 'zod';
import type { Shell } from '../builder/shell.ts';
import { parseInode } from './debugfs.ts';
import type { RawDisk } from './disk.ts';

/** A run of bytes. */
export interface Range {
  readonly start: number;
  readonly length: number;
}

/** What dumpe2fs says of an ext4 file system. */
export interface Geometry {
  /** Bytes. */
  readonly blockSize: number;
  /** Runs of free blocks, in bytes from the file system's beginning. */
  readonly free: readonly Range[];
  /** The journal holds changes that are not in their places yet: what was read is not what will boot. */
  readonly needsRecovery: boolean;
}

/** The part of a disk whose content means nothing. */
export interface FreeSpace {
  /** Blocks in it that are not zeros: bytes from the disk's beginning. */
  readonly garbage: readonly Range[];
  readonly needsRecovery: boolean;
}

/** Parses the output of `dumpe2fs`. @throws Error when it is none */
export function parseGeometry(text: string): Geometry {
  const blockSize = Number(/^Block size: +(\d+)$/m.exec(text)?.[1]);
  if (!Number.isSafeInteger(blockSize)) throw new Error('dumpe2fs names no block size');
  const free = [...text.matchAll(/^ {2}Free blocks: (.*)$/gm)].flatMap(([, list = '']) =>
    [...list.matchAll(/(\d+)(?:-(\d+))?/g)].map(([, first = '', last = first]) => ({
      start: Number(first) * blockSize,
      length: (Number(last) - Number(first) + 1) * blockSize,
    })),
  );
  const hasStart = /^Journal start: +[1-9]/m.test(text);
  return {
    blockSize,
    free,
    needsRecovery: hasStart || /^Filesystem features:.*\bneeds_recovery\b/m.test(text),
  };
}

/** What two sorted lists of runs have in common. */
export function intersection(some: readonly Range[], others: readonly Range[]): Range[] {
  const common: Range[] = [];
  let at = 0;
  for (const { start, length } of some) {
    const end = start + length;
    for (; at < others.length; at += 1) {
      const other = others[at];
      if (!other || other.start >= end) break;
      const from = Math.max(start, other.start);
      const to = Math.min(end, other.start + other.length);
      if (to > from) common.push({ start: from, length: to - from });
      // This one may reach into the next of `some`.
      if (other.start + other.length > end) break;
    }
  }
  return common;
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

/** Joins neighbours of a sorted list of runs. */
function joined(ranges: readonly Range[]): Range[] {
  const result: { start: number; length: number }[] = [];
  for (const { start, length } of ranges) {
    const last = result.at(-1);
    if (last && last.start + last.length === start) last.length += length;
    else result.push({ start, length });
  }
  return result;
}

const AllocationMap = z.array(z.looseObject({ start: z.int(), length: z.int(), data: z.boolean() }));

/** Looks for what is not zero in the free blocks of the root file system, and in its empty journal. */
export async function examineFreeSpace(disk: RawDisk, shell: Shell): Promise<FreeSpace> {
  const { blockSize, free, needsRecovery } = parseGeometry(
    await shell.run(['dumpe2fs', disk.device], { secret: true }),
  );
  const log = needsRecovery ? [] : await journalLog(disk, blockSize, shell);
  const idle = [...free, ...log]
    .map(({ start, length }) => ({ start: start + disk.offsets.root, length }))
    .sort((a, b) => a.start - b.start);
  const printed = await shell.run(['qemu-img', 'map', '--output=json', '-f', 'raw', disk.path], {
    secret: true,
  });
  const data = AllocationMap.parse(JSON.parse(printed)).filter((run) => run.data);
  const garbage: Range[] = [];
  const zero = Buffer.alloc(blockSize);
  const block = Buffer.alloc(blockSize);
  for (const { start, length } of intersection(idle, data)) {
    for (let at = start; at < start + length; at += blockSize) {
      const { bytesRead } = await disk.file.read(block, 0, Math.min(blockSize, start + length - at), at);
      if (!block.subarray(0, bytesRead).equals(zero.subarray(0, bytesRead))) {
        garbage.push({ start: at, length: bytesRead });
      }
    }
  }
  return { garbage: joined(garbage), needsRecovery };
}
