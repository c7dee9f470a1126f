import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelChoice } from '../../context/kinds/model-choice.ts';
import type { Settings } from '../../context/variables.ts';
import type { Paths } from '../../machine/paths.ts';
import type { System } from '../../machine/system.ts';
import type { ModelSource } from '../source.ts';
import { makeOpenDirectory } from './open-directory.ts';

type DiskSettings = Pick<Settings, 'aiModel' | 'completeModel' | 'embedModel' | 'loraAdapters'>;

/** Labels of the disks that the settings name. */
export function diskLabels({ aiModel, completeModel, embedModel, loraAdapters }: DiskSettings): string[] {
  const sources = [
    ...[aiModel, completeModel, embedModel].flatMap(sourceOf),
    ...loraAdapters.map(({ source }) => source),
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

/** Mounts, read-only, the disks that the settings name and that are there. Never throws: what is not there is missing. */
export async function attachDisks(
  settings: DiskSettings,
  paths: Pick<Paths, 'disks' | 'disksByLabel' | 'mounts'>,
  system: Pick<System, 'mount'>,
): Promise<void> {
  const labels = diskLabels(settings);
  if (labels.length === 0) return;
  const mounted = await readFile(paths.mounts, 'utf8').catch(() => '');
  for (const label of labels) {
    const directory = diskMount(label, paths);
    const device = join(paths.disksByLabel, label);
    if (mounted.split('\n').some((line) => line.split(' ')[1] === directory)) continue;
    try {
      await access(device);
      await makeOpenDirectory(paths.disks);
      await makeOpenDirectory(directory);
      await system.mount(device, directory);
    } catch {
      // Whoever looks for the model finds that it is not there, and says so.
    }
  }
}
