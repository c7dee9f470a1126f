import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';

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
export const TreeEntry = z.strictObject({
  /** Path relative to the tree, with `/`. */
  path: z.string(),
  kind: z.enum(['file', 'executable', 'link']),
  /** SHA-256 of the content, or of the link's target. */
  sha256: z.string(),
  /** Bytes; 0 for a link. */
  size: z.int(),
});
export type TreeEntry = z.infer<typeof TreeEntry>;

/** Every file and link below `root`, or `root` itself if it is a file, sorted by path. */
export async function digestTree(root: string): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  async function visit(path: string): Promise<void> {
    const stat = await lstat(path);
    const name = relative(root, path).split(sep).join('/') || '.';
    if (stat.isDirectory()) {
      for (const child of (await readdir(path)).sort()) await visit(join(path, child));
    } else if (stat.isSymbolicLink()) {
      entries.push({ path: name, kind: 'link', sha256: digestText(await readlink(path)), size: 0 });
    } else if (stat.isFile()) {
      const kind = stat.mode & 0o111 ? 'executable' : 'file';
      entries.push({ path: name, kind, sha256: await digestFile(path), size: stat.size });
    }
  }
  await visit(root);
  return entries;
}

/** One digest for a whole tree: changes with any name, content, link or executable bit in it. */
export async function digestOf(...roots: readonly string[]): Promise<string> {
  const parts: string[] = [];
  for (const root of roots) {
    for (const { path, kind, sha256 } of await digestTree(root)) parts.push(`${path}\0${kind}\0${sha256}\n`);
  }
  return digestText(parts.join(''));
}
