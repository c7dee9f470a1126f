import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { modelDiskContext } from '../models/model-disk.ts';
import { writeSmokeModel } from '../models/smoke/write.ts';
import type { ContextValues } from '../vm/context-disk.ts';
import type { Shell } from './shell.ts';
import { makeModelDisk } from './stages/model-disk.ts';

/** What a VM without models of its own is given to become ready. */
export interface BroughtModel {
  /** Raw disk with the smoke model. */
  readonly disk: string;
  /** Context values that name the model. */
  readonly context: ContextValues;
}

/** Makes a disk of the smoke model, and the context for it, in a directory. */
export async function bringSmokeModel(work: string, shell: Shell): Promise<BroughtModel> {
  const directory = join(work, 'models');
  const disk = join(work, 'models.raw');
  await mkdir(directory, { recursive: true });
  const model = await writeSmokeModel(directory);
  const { size } = await stat(join(directory, model.file));
  await makeModelDisk(directory, disk, size, shell);
  return { disk, context: modelDiskContext([model]) };
}
