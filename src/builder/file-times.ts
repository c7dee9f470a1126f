import { lstat, lutimes, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Sets what is newer than `latest`, in seconds since 1970, to that time: files, links and directories of a tree. */
export async function clampTimes(root: string, latest: number): Promise<void> {
  const stat = await lstat(root);
  if (stat.isDirectory()) for (const name of await readdir(root)) await clampTimes(join(root, name), latest);
  if (stat.mtimeMs > latest * 1000) await lutimes(root, latest, latest);
}

/** Sets every time in a tree to `time`, in seconds since 1970: for files whose own says when they were checked out. */
export async function setTimes(root: string, time: number): Promise<void> {
  if ((await lstat(root)).isDirectory())
    for (const name of await readdir(root)) await setTimes(join(root, name), time);
  await lutimes(root, time, time);
}
