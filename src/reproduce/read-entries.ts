import { mkdir, rm } from 'node:fs/promises';
import { type ReadImage, readImage } from '../audit/read-image.ts';
import type { Shell } from '../builder/shell.ts';
import type { ImageEntry } from './image-entry.ts';

async function entriesOf({ inventory }: Pick<ReadImage, 'inventory'>): Promise<ImageEntry[]> {
  const entries: ImageEntry[] = [];
  for (const {
    path,
    kind,
    mode,
    uid,
    gid,
    size,
    target,
    attributes,
    modifiedAt,
  } of inventory.entries.values()) {
    const isFile = kind === 'file';
    const content = isFile ? await inventory.digest(path, 'sha256') : (target ?? '');
    entries.push({ path, kind, mode, uid, gid, size: isFile ? size : 0, content, attributes, modifiedAt });
  }
  return entries;
}

/** Reads an image path by path; `directory` must be empty. @throws AUDIT_UNREADABLE */
export async function readEntries(image: string, directory: string, shell: Shell): Promise<ImageEntry[]> {
  await mkdir(directory, { recursive: true });
  const read = await readImage(image, directory, shell);
  try {
    return await entriesOf(read);
  } finally {
    await read.close();
    await rm(directory, { recursive: true, force: true });
  }
}
