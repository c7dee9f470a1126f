import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** SHA-256 of `text` in lower-case hex. */
export function digestText(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

/** `algorithm` digest of a file's bytes in lower-case hex, read as a stream. */
export async function digestFile(path: string, algorithm: 'sha256' | 'md5' = 'sha256'): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** One file or symbolic link of a tree; directories count only through what they hold. */
export interface TreeEntry {
  /** Path relative to the tree, with `/`. */
  readonly path: string;
  /** SHA-256 of the content, or of the link's target. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** Every file and link below `root`, or `root` itself if it is a file, sorted by path. */
export async function digestTree(root: string): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  async function visit(path: string): Promise<void> {
    const stat = await lstat(path);
    const name = relative(root, path).split(sep).join('/') || '.';
    if (stat.isDirectory()) {
      for (const child of (await readdir(path)).sort()) await visit(join(path, child));
    } else if (stat.isSymbolicLink()) {
      entries.push({ path: name, sha256: digestText(`link:${await readlink(path)}`), size: 0 });
    } else if (stat.isFile()) {
      const mode = stat.mode & 0o111 ? 'x' : '';
      entries.push({ path: name + mode, sha256: await digestFile(path), size: stat.size });
    }
  }
  await visit(root);
  return entries.map((entry) => ({ ...entry, path: entry.path }));
}

/** One digest for a whole tree: changes with any name, content, link or executable bit in it. */
export async function digestOf(...roots: readonly string[]): Promise<string> {
  const parts: string[] = [];
  for (const root of roots) {
    for (const entry of await digestTree(root)) parts.push(`${entry.path}\0${entry.sha256}\n`);
  }
  return digestText(parts.join(''));
}
