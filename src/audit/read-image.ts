import { readFile } from 'node:fs/promises';
import { digestFile } from '../builder/digest.ts';
import type { Shell } from '../builder/shell.ts';
import { failure, OnePilotError } from '../errors/catalogue.ts';
import { openRawDisk, type Partition, type RawDisk } from './disk.ts';
import { efiMount, readEfiPartition } from './efi-partition.ts';
import { digestOfPieces, pieces, readFileSystem, whole } from './file-system.ts';
import { examineFreeSpace, type FreeSpace } from './free-space.ts';
import type { Entry, Inventory } from './inventory.ts';

/** A disk image taken apart. */
export interface ReadImage {
  readonly inventory: Inventory;
  readonly freeSpace: FreeSpace;
  readonly partitions: readonly Partition[];
  /** What the root file system has where the EFI partition is mounted: nobody sees it there. */
  readonly hidden: readonly string[];
  /** The first sectors of the disk and of its BIOS boot partition: the boot loader for BIOS. */
  readonly bootCode: { readonly sector: Buffer; readonly partition: Buffer };
  /** Closes the disk and removes what was made from it. */
  close(): Promise<void>;
}

/**
 * Reads an image without mounting or booting it.
 * @param image qcow2
 * @param work directory for a raw copy, as large as what is in the image
 * @throws AUDIT_UNREADABLE
 */
export async function readImage(image: string, work: string, shell: Shell): Promise<ReadImage> {
  let disk: RawDisk | undefined;
  try {
    disk = await openRawDisk(image, work, shell);
    return await takeApart(disk, work, shell);
  } catch (cause) {
    await disk?.close();
    // What stopped a command, or the build, says so itself.
    if (!(cause instanceof Error) || cause instanceof OnePilotError || cause.name === 'AbortError')
      throw cause;
    throw failure('AUDIT_UNREADABLE', { image, reason: cause.message }, { cause });
  }
}

async function firstSector({ file }: RawDisk, offset: number): Promise<Buffer> {
  const sector = Buffer.alloc(512);
  await file.read(sector, 0, sector.length, offset);
  return sector;
}

async function takeApart(disk: RawDisk, work: string, shell: Shell): Promise<ReadImage> {
  const efi = await readEfiPartition(disk.path, disk.offsets.efi, work, shell);
  const root = await readFileSystem(disk.device, work, shell);
  const place = { offset: disk.offsets.root, blockSize: root.blockSize };
  const stored = (path: string) => pieces(disk.file, place, root.files.get(path) ?? { extents: [], size: 0 });
  const isHidden = ({ path }: Entry) => path.startsWith(`${efiMount}/`);
  const seen = root.entries.filter((entry) => !isHidden(entry));
  const entries = new Map<string, Entry>();
  for (const entry of [...seen, ...efi.entries].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const isLongLink = entry.kind === 'link' && entry.target === undefined;
    const target = isLongLink ? { target: (await whole(stored(entry.path))).toString('utf8') } : {};
    entries.set(entry.path, { ...entry, ...target });
  }
  const inventory: Inventory = {
    entries,
    async read(path) {
      const copy = efi.copies.get(path);
      return copy === undefined ? whole(stored(path)) : readFile(copy);
    },
    async digest(path, algorithm) {
      const copy = efi.copies.get(path);
      return copy === undefined ? digestOfPieces(stored(path), algorithm) : digestFile(copy, algorithm);
    },
  };
  return {
    inventory,
    partitions: disk.partitions,
    hidden: root.entries.filter(isHidden).map(({ path }) => path),
    freeSpace: await examineFreeSpace(disk, shell),
    bootCode: {
      sector: await firstSector(disk, 0),
      partition: await firstSector(disk, disk.offsets.bios),
    },
    close: () => disk.close(),
  };
}
