import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A failed session's files explain it for a day; disk, keys and password need not lie about longer. */
const keptMs = 24 * 3600 * 1000;

/** Removes the directories of failed sessions in `parent`, named by process, that are old and whose process is gone. */
export async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const path = join(parent, name);
    const found = await stat(path).catch(() => undefined);
    if (!found || !/^\d+$/.test(name) || Date.now() - found.mtimeMs < keptMs) continue;
    if (await stat(join('/proc', name)).catch(() => undefined)) continue;
    await rm(path, { recursive: true, force: true });
  }
}
