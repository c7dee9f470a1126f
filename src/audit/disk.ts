import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Shell } from '../builder/shell.ts';
import type { Range } from './ranges.ts';

/** Types of GPT partitions (Discoverable Partitions Specification): EFI system, root for x86-64, BIOS boot. */
export const partitionTypes = {
  efi: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  root: '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709',
  bios: '21686148-6449-6E6F-744E-656564454649',
} as const;

const sector = 512;

const PartitionTable = z.looseObject({
  partitiontable: z.looseObject({
    partitions: z.array(z.looseObject({ start: z.int(), size: z.int(), type: z.string() })),
  }),
});

/** A partition's place, in bytes, and what it says it is for. */
export interface Partition extends Range {
  readonly type: string;
}

/** A raw copy of an image, sparse where the image holds zeros. */
export interface RawDisk {
  readonly path: string;
  readonly file: FileHandle;
  /** Bytes. */
  readonly size: number;
  readonly partitions: readonly Partition[];
  /** Where the partition table and its copy are, the boot sector before them included. */
  readonly tables: readonly Range[];
  /** Where each partition begins, in bytes. */
  readonly offsets: Readonly<Record<keyof typeof partitionTypes, number>>;
  /** The root file system as the tools of e2fsprogs take it. */
  readonly device: string;
  /** Closes the copy and removes it. */
  close(): Promise<void>;
}

/** The table's sectors and those of its copy, which the table's header gives the place of (UEFI, 5.3.2). */
async function tablePlaces(file: FileHandle): Promise<Range[]> {
  const header = Buffer.alloc(sector);
  await file.read(header, 0, sector, sector);
  const copy = Number(header.readBigUInt64LE(32));
  return [
    { start: 0, length: 34 * sector },
    { start: (copy - 32) * sector, length: 33 * sector },
  ];
}

/**
 * Copies a qcow2 image to a raw disk and finds its partitions.
 * @param work directory for the copy
 * @throws Error when a partition is missing
 */
export async function openRawDisk(image: string, work: string, shell: Shell): Promise<RawDisk> {
  const path = join(work, 'disk.raw');
  await shell.run(['qemu-img', 'convert', '-f', 'qcow2', '-O', 'raw', image, path]);
  const table = PartitionTable.parse(JSON.parse(await shell.run(['sfdisk', '--json', path])));
  const partitions = table.partitiontable.partitions.map(({ start, size, type }) => ({
    start: start * sector,
    length: size * sector,
    type,
  }));
  const offset = (name: keyof typeof partitionTypes): number => {
    const found = partitions.find(({ type }) => type === partitionTypes[name]);
    if (!found) throw new Error(`there is no partition of the type ${partitionTypes[name]}, ${name}`);
    return found.start;
  };
  const offsets = { efi: offset('efi'), root: offset('root'), bios: offset('bios') };
  const file = await open(path, 'r');
  return {
    path,
    file,
    size: (await file.stat()).size,
    partitions,
    tables: await tablePlaces(file),
    offsets,
    device: `${path}?offset=${offsets.root}`,
    async close() {
      await file.close();
      await rm(path, { force: true });
    },
  };
}
