import { chmod, cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Shell } from '../../../src/builder/shell.ts';

/** The double's file name, as a release of one-context is called. */
export const oneContextDeb = 'one-context_7.2.1-double_all.deb';

const executable = /\/(one-context\.d|sbin)\/|\/postinst$/;

/**
 * Builds the double of OpenNebula's contextualization package from the files beside this one, with dpkg-deb. The same
 * files give the same package, byte for byte.
 * @param directory Where it comes to lie; made if need be.
 * @returns its path
 */
export async function makeOneContextDeb(directory: string, shell: Shell): Promise<string> {
  const tree = await mkdtemp(join(tmpdir(), 'one-context-'));
  try {
    await cp(join(import.meta.dirname, 'package'), tree, { recursive: true });
    await cp(join(import.meta.dirname, 'control'), join(tree, 'DEBIAN'), { recursive: true });
    await chmod(tree, 0o755);
    // A checkout has the modes of whoever made it.
    for (const entry of await readdir(tree, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      await chmod(path, entry.isDirectory() || executable.test(path) ? 0o755 : 0o644);
    }
    await mkdir(directory, { recursive: true });
    const deb = join(directory, oneContextDeb);
    await shell.run(['dpkg-deb', '--root-owner-group', '-Zxz', '--build', tree, deb], {
      env: { SOURCE_DATE_EPOCH: '1767225600' },
    });
    return deb;
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}
