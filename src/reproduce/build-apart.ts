import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildImage, stagesFor } from '../builder/build-image.ts';
import { StageCache } from '../builder/cache.ts';
import { stageKey } from '../builder/pipeline.ts';
import type { BuildOptions, Stage, StageName } from '../builder/stage.ts';
import { imageName } from '../builder/stages/packer.ts';

/** An image built in a cache of its own. */
export interface Built {
  /** Packer's image, before it is compressed. */
  readonly image: string;
  /** Names and versions of Debian's packages in it, with their hashes. */
  readonly packages: string;
  readonly outputOf: (stage: StageName) => string;
}

/** Directories with the outputs of stages that read no other stage: they are taken over instead of built. */
export type Lent = Partial<Record<StageName, string>>;

async function takeOver(stage: Stage, from: string, options: BuildOptions, cache: StageCache): Promise<void> {
  const inputs = await stage.inputs(options);
  const key = stageKey(stage, inputs, new Map());
  const { output } = await cache.prepare(stage.name, key);
  for (const name of await readdir(from)) {
    await cp(join(from, name), join(output, name), { recursive: true, verbatimSymlinks: true });
  }
  await cache.commit(stage.name, key, inputs);
}

/**
 * Builds an image as far as packer's stage, with nothing of an earlier build but what is lent.
 * @param directory an empty directory for the cache
 */
export async function buildApart(
  directory: string,
  options: BuildOptions,
  lent: Lent,
  signal: AbortSignal,
): Promise<Built> {
  const cache = new StageCache(directory);
  for (const stage of stagesFor('packer')) {
    const from = lent[stage.name];
    if (from !== undefined) await takeOver(stage, from, options, cache);
  }
  const { outputOf } = await buildImage({ options, only: 'packer', cache: directory, signal });
  return {
    image: join(outputOf('packer'), imageName),
    packages: await readFile(join(outputOf('base'), 'packages.tsv'), 'utf8'),
    outputOf,
  };
}
