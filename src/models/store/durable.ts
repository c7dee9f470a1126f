import { constants } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { writeWhole } from '../../bootstrap/files.ts';

/**
 * Replaces a JSON file as a whole, so that it is there even after a power cut. Nobody else may read it: the address of a
 * web source may hold a signature.
 */
export async function writeJson(path: string, value: unknown): Promise<void> {
  const content = `${JSON.stringify(value, undefined, 1)}\n`;
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  await writeWhole({ path, content, mode: 0o600, uid, gid, readBy: [] });
}

/** @returns what the file holds; undefined when it is missing, cut off or not what `schema` says */
export async function readJson<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.infer<Schema> | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Gives a file, whose content must be on the disk already, its final name. */
export async function moveDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  const directory = await open(dirname(to), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
