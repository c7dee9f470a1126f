import { lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Shell } from '../builder/shell.ts';
import type { Entry } from './inventory.ts';

/** Where the appliance mounts the partition (appliance/base/etc/fstab). */
export const efiMount = '/boot/efi';

/**
 * Copies what is in a FAT partition to a directory, with mtools, and lists it as the appliance would see it mounted:
 * FAT knows no owners, and fstab keeps everybody but root out.
 * @returns entries without contents, and where each one's content lies on this host
 */
export async function readEfiPartition(
  disk: string,
  offset: number,
  work: string,
  shell: Shell,
): Promise<{ readonly entries: readonly Entry[]; readonly copies: ReadonlyMap<string, string> }> {
  const directory = join(work, 'efi');
  await mkdir(directory, { recursive: true });
  await shell.run(['mcopy', '-s', '-n', '-Q', '-i', `${disk}@@${offset}`, '::', directory]);
  const entries: Entry[] = [];
  const copies = new Map<string, string>();
  const names = (await readdir(directory, { recursive: true })).sort();
  for (const name of names) {
    const copy = join(directory, name);
    const stat = await lstat(copy);
    const path = `${efiMount}/${name}`;
    entries.push({
      path,
      kind: stat.isDirectory() ? 'directory' : 'file',
      mode: 0o700,
      uid: 0,
      gid: 0,
      size: stat.size,
      attributes: [],
    });
    if (stat.isFile()) copies.set(path, copy);
  }
  return { entries, copies };
}
