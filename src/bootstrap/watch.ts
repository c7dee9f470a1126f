import { isDeepStrictEqual } from 'node:util';
import { readContext } from '../context/read.ts';
import { watcher } from '../machine/paths.ts';
import type { Configured } from './configure.ts';
import { removeFile, setMarkFile } from './files.ts';
import type { World } from './world.ts';

/**
 * Has changes noticed from now on. Not earlier: until here the run itself changed what is watched, and reading
 * the context disk for the first time looks like a change of it (the kernel finds a medium it had not seen).
 * What changed meanwhile is found by looking once more, so nothing is lost. Never throws: a machine that could
 * not be configured must hear of a corrected context all the more.
 * @param atBoot Whether the machine is starting.
 * @param configured What the run made of the machine; undefined where it did not get so far.
 */
export async function watchForChanges(
  world: World,
  configured: Configured | undefined,
  atBoot: boolean,
): Promise<void> {
  const { paths, system, log } = world;
  try {
    if (configured && atBoot) await removeFile(paths.lookAgain);
    await system.start(watcher, { wait: false });
    if (configured && (await hasChanged(world, configured))) await setMarkFile(paths.lookAgain);
  } catch (error) {
    await log.detail(`changes may not be noticed: ${error instanceof Error ? error.message : error}`);
  }
}

async function hasChanged(
  { paths, system, observe }: World,
  { context, machine }: Configured,
): Promise<boolean> {
  const { values } = await readContext(paths, system, 0);
  const { addresses, nics, clock } = await observe();
  return (
    !isDeepStrictEqual(values, context.values) ||
    !isDeepStrictEqual([addresses, nics, clock], [machine.addresses, machine.nics, machine.clock]) ||
    (await system.unusedDisk()) > 0
  );
}
