import { readFile, realpath, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ModelChoice } from '../../context/kinds/model-choice.ts';
import type { Settings } from '../../context/variables.ts';
import type { Paths } from '../../machine/paths.ts';
import type { System } from '../../machine/system.ts';
import type { ModelSource } from '../source.ts';
import { makeOpenDirectory } from './open-directory.ts';

type DiskSettings = Pick<
  Settings,
  'aiModel' | 'completeModel' | 'embedModel' | 'loraAdapters' | 'tlsCertificate' | 'tlsKey'
>;

/** Labels of the disks that the settings name. */
export function diskLabels(settings: DiskSettings): string[] {
  const { aiModel, completeModel, embedModel, loraAdapters, tlsCertificate, tlsKey } = settings;
  const sources = [
    ...[aiModel, completeModel, embedModel].flatMap(sourceOf),
    ...loraAdapters.map(({ source }) => source),
    ...[tlsCertificate, tlsKey].filter((source) => source !== undefined),
  ];
  return [...new Set(sources.flatMap((source) => (source.kind === 'disk' ? [source.label] : [])))];
}

function sourceOf(choice: ModelChoice | undefined): ModelSource[] {
  return choice?.kind === 'source' ? [choice.source] : [];
}

/** Where the file system called `label` is mounted. */
export function diskMount(label: string, { disks }: Pick<Paths, 'disks'>): string {
  return join(disks, label);
}

type DiskPaths = Pick<Paths, 'disks' | 'disksByLabel' | 'mounts'>;

/**
 * Mounts, read-only, the disks that the settings name and that are there, and unmounts those that are gone, or in whose
 * place there is another. A disk that nobody names any more stays: of a wrong context nobody knows what it names, and
 * the engine may still use it. Never throws: what is not there is missing.
 */
export async function attachDisks(
  settings: DiskSettings,
  paths: DiskPaths,
  system: Pick<System, 'mount' | 'unmount'>,
): Promise<void> {
  const mounted = await mountedDisks(paths);
  for (const [label, device] of mounted) {
    if ((await deviceOf(label, paths)) === device) continue;
    const directory = diskMount(label, paths);
    try {
      await system.unmount(directory, { lazily: true });
      mounted.delete(label);
      // Whoever looks for the disk finds no place of it.
      await rmdir(directory);
    } catch {
      // It is tried again at the next look.
    }
  }
  for (const label of diskLabels(settings)) {
    if (mounted.has(label) || (await deviceOf(label, paths)) === undefined) continue;
    const directory = diskMount(label, paths);
    try {
      await makeOpenDirectory(paths.disks);
      await makeOpenDirectory(directory);
      await system.mount(join(paths.disksByLabel, label), directory);
    } catch {
      // Whoever looks for the model finds that it is not there, and says so.
    }
  }
}

/** The labels in whose places disks are mounted, and the devices of these (proc_pid_mounts(5)). */
async function mountedDisks({ disks, mounts }: DiskPaths): Promise<Map<string, string>> {
  const lines = (await readFile(mounts, 'utf8').catch(() => '')).split('\n');
  const found = lines.map((line) => line.split(' '));
  return new Map(
    found.flatMap(([device = '', directory = '']) =>
      dirname(directory) === disks ? [[basename(directory), device]] : [],
    ),
  );
}

/** The device that has `label`, as the kernel calls it; undefined where there is none. */
async function deviceOf(label: string, { disksByLabel }: DiskPaths): Promise<string | undefined> {
  return realpath(join(disksByLabel, label)).catch(() => undefined);
}
