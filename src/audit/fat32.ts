import type { FileHandle } from 'node:fs/promises';
import type { Range } from './ranges.ts';

/** How a FAT32 file system is laid out (Microsoft's FAT specification, 3.1 and 3.3); bytes but for clusters. */
interface Layout {
  readonly sector: number;
  readonly cluster: number;
  /** Bytes before the first table. */
  readonly reserved: number;
  readonly table: number;
  /** Where cluster 2, the first, begins. */
  readonly data: number;
  /** Number of the first cluster that is not there. */
  readonly endCluster: number;
  readonly rootCluster: number;
  /** Sectors before the first table that hold something. */
  readonly system: readonly number[];
}

/** Bits of a directory entry's attributes; a volume label's is set for the pieces of long names too. */
const isLabel = 0x08;
const isDirectory = 0x10;
const entrySize = 32;
const deleted = 0xe5;

function layoutOf(boot: Buffer): Layout {
  const sector = boot.readUInt16LE(11);
  const cluster = sector * boot.readUInt8(13);
  const reserved = sector * boot.readUInt16LE(14);
  const table = sector * boot.readUInt32LE(36);
  const information = boot.readUInt16LE(48);
  const copy = boot.readUInt16LE(50);
  if (cluster === 0 || table === 0 || boot.readUInt16LE(22) !== 0) {
    throw new Error('the EFI partition holds no FAT32');
  }
  const data = reserved + boot.readUInt8(16) * table;
  return {
    sector,
    cluster,
    reserved,
    table,
    data,
    endCluster: 2 + Math.floor((sector * boot.readUInt32LE(32) - data) / cluster),
    rootCluster: boot.readUInt32LE(44),
    system: [0, information, copy, copy + information],
  };
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  await file.read(bytes, 0, length, offset);
  return bytes;
}

/** First clusters of what a directory lists. */
function* listed(directory: Buffer): Generator<{ readonly cluster: number; readonly isDirectory: boolean }> {
  for (let at = 0; at < directory.length && directory[at] !== 0; at += entrySize) {
    const attributes = directory.readUInt8(at + 11);
    const isDots = directory[at] === '.'.charCodeAt(0);
    if (directory[at] === deleted || isDots || attributes & isLabel) continue;
    const cluster = directory.readUInt16LE(at + 20) * 0x1_00_00 + directory.readUInt16LE(at + 26);
    yield { cluster, isDirectory: (attributes & isDirectory) !== 0 };
  }
}

/**
 * Bytes of a FAT32 partition that no file, directory or table of it uses. Clusters count as used when a name leads to
 * them, whatever the table says: lost ones and those marked bad are found, too.
 * @param partition its place on the disk
 * @throws Error when it holds another file system
 */
export async function unusedOfFat32(file: FileHandle, partition: Range): Promise<Range[]> {
  const { start, length } = partition;
  const layout = layoutOf(await readAt(file, start, 512));
  const table = await readAt(file, start + layout.reserved, layout.table);
  const used = new Set<number>();
  const place = (cluster: number) => start + layout.data + (cluster - 2) * layout.cluster;
  const follow = (first: number): number[] => {
    const chain: number[] = [];
    for (let at = first; at >= 2 && at < layout.endCluster && !used.has(at); ) {
      used.add(at);
      chain.push(at);
      at = table.readUInt32LE(at * 4) & 0x0f_ff_ff_ff;
    }
    return chain;
  };
  const directories = [follow(layout.rootCluster)];
  for (let chain = directories.pop(); chain; chain = directories.pop()) {
    const parts: Buffer[] = [];
    for (const cluster of chain) parts.push(await readAt(file, place(cluster), layout.cluster));
    for (const entry of listed(Buffer.concat(parts))) {
      const found = follow(entry.cluster);
      if (entry.isDirectory) directories.push(found);
    }
  }
  const unused: Range[] = [];
  for (let at = 0; at < layout.reserved / layout.sector; at += 1) {
    if (!layout.system.includes(at))
      unused.push({ start: start + at * layout.sector, length: layout.sector });
  }
  for (let at = 2; at < layout.endCluster; at += 1) {
    if (!used.has(at)) unused.push({ start: place(at), length: layout.cluster });
  }
  const end = place(layout.endCluster);
  return [...unused, { start: end, length: start + length - end }].filter((range) => range.length > 0);
}
