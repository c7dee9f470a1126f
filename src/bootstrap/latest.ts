import { randomUUID } from 'node:crypto';
import { access } from 'node:fs/promises';
import type { Paths } from '../machine/paths.ts';
import { readText, writeWhole } from './files.ts';

/**
 * Notes that this run is now the latest that configured the machine.
 * @returns whether the run has been overtaken since: by another one, or by a change that the next will look at
 */
export async function becomeLatest(
  paths: Pick<Paths, 'latestRun' | 'lookAgain'>,
): Promise<() => Promise<boolean>> {
  const own = randomUUID();
  await writeWhole({ path: paths.latestRun, content: own, mode: 0o600, uid: 0, gid: 0, readBy: [] });
  return async () => {
    const changed = await access(paths.lookAgain).then(
      () => true,
      () => false,
    );
    return changed || (await readText(paths.latestRun)) !== own;
  };
}
