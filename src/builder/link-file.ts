import { chmod, copyFile, link, rm } from 'node:fs/promises';

/**
 * Gives the file at `source` a second name: no bytes are copied where both names are on one file system. Neither
 * name may be written through afterwards. An existing `target` is replaced.
 */
export async function linkFile(source: string, target: string): Promise<void> {
  await rm(target, { force: true });
  try {
    await link(source, target);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EXDEV') throw error;
    await copyFile(source, target);
  }
  await chmod(target, 0o644);
}
