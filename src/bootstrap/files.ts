import { constants } from 'node:fs';
import { chmod, chown, lstat, mkdir, open, readFile, rename, rm, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Permissions, WantedDirectory, WantedFile } from './plan.ts';

/** The text of a file; undefined when it does not exist. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Mode and owner of what is at `path`, not of what a link there points to; undefined when nothing is. */
export async function readPermissions(
  path: string,
): Promise<(Permissions & { isFile: boolean }) | undefined> {
  try {
    const found = await lstat(path);
    return { mode: found.mode & 0o7777, uid: found.uid, gid: found.gid, isFile: found.isFile() };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Replaces a file as a whole: whoever opens it, also after a power cut, sees the old or the new content, and
 * at no moment may others read what they must not.
 */
export async function writeWhole({ path, content, mode, uid, gid }: WantedFile): Promise<void> {
  const temporary = `${path}.onepilot-new`;
  await rm(temporary, { force: true });
  const file = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    await file.chown(uid, gid);
    await file.chmod(mode);
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** Replaces a file unless it has that content already. @returns whether it was replaced */
export async function writeIfDifferent(file: WantedFile): Promise<boolean> {
  if ((await readText(file.path)) === file.content) return false;
  await writeWhole(file);
  return true;
}

export async function makeDirectory({ path, mode, uid, gid }: WantedDirectory): Promise<void> {
  await mkdir(path, { recursive: true, mode });
  await chown(path, uid, gid);
  await chmod(path, mode);
}

/** @returns whether there was one */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await unlink(path);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  await syncDirectory(dirname(path));
  return true;
}

/** A mark that lives in a directory as an empty file. */
export async function setMark(directory: string, name: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o755 });
  await (await open(join(directory, name), 'w', 0o644)).close();
}

/** A mark that is an empty file of its own. */
export async function setMarkFile(path: string): Promise<void> {
  await setMark(dirname(path), basename(path));
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
