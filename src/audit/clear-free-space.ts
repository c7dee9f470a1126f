import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Shell } from '../builder/shell.ts';
import { openRawDisk } from './disk.ts';
import { examineFreeSpace } from './free-space.ts';

/**
 * Writes zeros over what deleted files left in an image's file systems, over its empty journal and over what lies outside
 * of the partitions. The guest's own fstrim leaves what shares a cluster of the qcow2 with blocks in use.
 * @param image qcow2 of a VM that was switched off; changed in place
 * @param work directory for a raw copy, as large as what is in the image
 * @returns bytes that were not zeros
 */
export async function clearFreeSpace(image: string, work: string, shell: Shell): Promise<number> {
  const disk = await openRawDisk(image, work, shell);
  try {
    const { garbage } = await examineFreeSpace(disk, shell);
    if (garbage.length === 0) return 0;
    const commands = join(work, 'qemu-io.commands');
    await writeFile(
      commands,
      garbage.map(({ start, length }) => `write -q -z ${start} ${length}\n`).join(''),
    );
    await shell.run(['sh', '-c', 'qemu-io -f qcow2 "$1" < "$2" > /dev/null', 'sh', image, commands]);
    return garbage.reduce((sum, { length }) => sum + length, 0);
  } finally {
    await disk.close();
  }
}
