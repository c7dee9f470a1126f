import { chmod, copyFile, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Copies a tree with the modes an image wants, whatever umask the checkout was made under:
 * directories 0755, executable files 0755, other files 0644. Links stay links. Existing files are replaced.
 */
export async function copyTree(source: string, target: string): Promise<void> {
  const stat = await lstat(source);
  if (stat.isDirectory()) {
    await mkdir(target, { recursive: true });
    await chmod(target, 0o755);
    for (const name of await readdir(source)) await copyTree(join(source, name), join(target, name));
    return;
  }
  await mkdir(dirname(target), { recursive: true });
  if (stat.isSymbolicLink()) {
    await symlink(await readlink(source), target);
    return;
  }
  await copyFile(source, target);
  await chmod(target, stat.mode & 0o100 ? 0o755 : 0o644);
}
