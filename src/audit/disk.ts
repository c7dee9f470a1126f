import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Shell } from '../builder/shell.ts';

/** Types of GPT partitions (Discoverable Partitions Specification): EFI system, root for x86-64, BIOS boot. */
const partitionTypes = {
  efi: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  root: '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709',
  bios: '21686148-6449-6E6F-744E-656564454649',
} as const;

const PartitionTable = z.looseObject({
  partitiontable: z.looseObject({
    partitions: z.array(z.looseObject({ start: z.int(), size: z.int(), type: z.string() })),
  }),
});

/** A raw copy of an image, sparse where the image holds zeros. */
export interface RawDisk {
  readonly path: string;
  readonly file: FileHandle;
  /** Where each partition begins, in bytes. */
  readonly offsets: Readonly<Record<keyof typeof partitionTypes, number>>;
  /** The root file system as the tools of e2fsprogs take it. */
  readonly device: string;
  /** Closes the copy and removes it. */
  close(): Promise<void>;
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
  const offset = (name: keyof typeof partitionTypes): number => {
    const found = table.partitiontable.partitions.find(({ type }) => type === partitionTypes[name]);
    if (!found) throw new Error(`there is no partition of the type ${partitionTypes[name]}, ${name}`);
    return found.start * 512;
  };
  const offsets = { efi: offset('efi'), root: offset('root'), bios: offset('bios') };
  const file = await open(path, 'r');
  return {
    path,
    file,
    offsets,
    device: `${path}?offset=${offsets.root}`,
    async close() {
      await file.close();
      await rm(path, { force: true });
    },
  };
}
