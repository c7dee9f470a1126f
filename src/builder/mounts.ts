import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Mount points at or below `directory`, the deepest first, from the text of proc_pid_mountinfo(5). */
export function mountsBelow(directory: string, mountinfo: string): string[] {
  return mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .map((path) =>
      path.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))),
    )
    .filter((path) => path === directory || path.startsWith(`${directory}/`))
    .sort((a, b) => b.length - a.length);
}

/**
 * Detaches what is mounted below `directory`. A bootstrap that was killed leaves the machine's own /sys and
 * /proc mounted in its tree, and whoever deletes that tree must not delete through them.
 */
export async function detachMounts(directory: string): Promise<void> {
  for (const path of mountsBelow(directory, await readFile('/proc/self/mountinfo', 'utf8'))) {
    await promisify(execFile)('umount', ['--lazy', path]);
  }
}
