import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Shell } from '../builder/shell.ts';
import { answers, type Extent, type Inode, parseInode, parseListing } from './debugfs.ts';
import { parseGeometry } from './free-space.ts';
import type { Entry } from './inventory.ts';

/** Where a file's bytes lie in the raw disk, and how many they are. */
export interface StoredFile {
  readonly extents: readonly Extent[];
  readonly size: number;
}

/** An ext4 file system read without a mount: names with what debugfs says of them, and where contents lie. */
export interface FileSystem {
  /** Bytes. */
  readonly blockSize: number;
  readonly entries: readonly Entry[];
  readonly files: ReadonlyMap<string, StoredFile>;
}

/** The root directory's inode number, as in every ext4. */
const rootInode = 2;

/** Runs many commands of debugfs at once; what it prints is too much for a log. */
async function ask(
  device: string,
  commands: readonly string[],
  work: string,
  shell: Shell,
): Promise<string[]> {
  const script = join(work, 'debugfs.commands');
  const output = join(work, 'debugfs.output');
  await writeFile(script, `${commands.join('\n')}\n`);
  // -c: bitmaps are not wanted here, and reading them takes longer than all the rest.
  await shell.run(['sh', '-c', 'debugfs -c -f "$1" "$2" > "$3"', 'sh', script, device, output], {
    env: { DEBUGFS_PAGER: '__none__' },
  });
  return answers(await readFile(output, 'utf8'), commands);
}

/** Reads bytes of a stored file in pieces; what was never written reads as zeros. */
export async function* pieces(
  disk: FileHandle,
  { offset, blockSize }: { readonly offset: number; readonly blockSize: number },
  { extents, size }: StoredFile,
): AsyncGenerator<Buffer> {
  const most = 4 * 1024 ** 2;
  let position = 0;
  const zeros = function* (end: number): Generator<Buffer> {
    for (; position < end; position += Math.min(most, end - position)) {
      yield Buffer.alloc(Math.min(most, end - position));
    }
  };
  for (const extent of extents) {
    const start = extent.logical * blockSize;
    const end = Math.min(start + extent.length * blockSize, size);
    yield* zeros(Math.min(start, size));
    if (extent.unwritten) {
      yield* zeros(end);
      continue;
    }
    while (position < end) {
      const piece = Buffer.alloc(Math.min(most, end - position));
      const place = offset + extent.physical * blockSize + (position - start);
      const { bytesRead } = await disk.read(piece, 0, piece.length, place);
      if (bytesRead !== piece.length) throw new Error('the disk ends within a file');
      position += piece.length;
      yield piece;
    }
  }
  yield* zeros(size);
}

/** Joins the pieces of a file. */
export async function whole(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

/** Digest of the pieces of a file in lower-case hex. */
export async function digestOfPieces(
  stream: AsyncIterable<Buffer>,
  algorithm: 'md5' | 'sha256',
): Promise<string> {
  const hash = createHash(algorithm);
  for await (const piece of stream) hash.update(piece);
  return hash.digest('hex');
}

/** Paths of a file system with their inodes, directory by directory. */
async function walk(device: string, work: string, shell: Shell): Promise<Map<string, number>> {
  const inodes = new Map([['/', rootInode]]);
  let level = [{ path: '', inode: rootInode }];
  while (level.length > 0) {
    const commands = level.map(({ inode }) => `ls -p <${inode}>`);
    const listings = await ask(device, commands, work, shell);
    const next: typeof level = [];
    for (const [index, listing] of listings.entries()) {
      for (const { name, inode, isDirectory } of parseListing(listing)) {
        const path = `${level[index]?.path}/${name}`;
        inodes.set(path, inode);
        if (isDirectory) next.push({ path, inode });
      }
    }
    level = next;
  }
  return inodes;
}

/**
 * Reads every name of an ext4 file system with debugfs (e2fsprogs).
 * @param device file and offset as debugfs takes them: `disk.raw?offset=BYTES`
 * @param work directory for what debugfs prints
 * @throws Error when something in it cannot be read
 */
export async function readFileSystem(device: string, work: string, shell: Shell): Promise<FileSystem> {
  const paths = await walk(device, work, shell);
  const numbers = [...new Set(paths.values())];
  const printed = await ask(
    device,
    numbers.map((inode) => `stat <${inode}>`),
    work,
    shell,
  );
  const inodes = new Map<number, Inode>(
    printed.map((text, index) => [numbers[index] ?? 0, parseInode(`${text}\n`)]),
  );
  const entries: Entry[] = [];
  const files = new Map<string, StoredFile>();
  for (const [path, number] of paths) {
    const inode = inodes.get(number);
    if (!inode) continue;
    const { extents, ...facts } = inode;
    entries.push({ path, ...facts });
    files.set(path, { extents, size: inode.size });
  }
  const superblock = await shell.run(['dumpe2fs', '-h', device]);
  return { entries, files, blockSize: parseGeometry(superblock).blockSize };
}
