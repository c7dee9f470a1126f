import { createHash } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readModelFacts } from '../gguf/read-facts.ts';
import type { BakedModel } from '../image-facts.ts';
import { randomModel } from './random-model.ts';
import { smokeModel } from './smoke-model.ts';

export { randomModel, smokeModel };

export const smokeModelFile = 'onepilot-smoke.gguf';
export const randomModelFile = 'onepilot-random.gguf';

/** Readers see the whole file or none, also when two processes write it at once. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, bytes, { mode: 0o644 });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Writes the smoke model into `directory`, which is made if need be, and describes it for `image.json`. */
export async function writeSmokeModel(directory: string): Promise<BakedModel> {
  const bytes = smokeModel();
  const path = join(directory, smokeModelFile);
  await writeWhole(path, bytes);
  return {
    id: 'onepilot-smoke',
    file: smokeModelFile,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    roles: ['chat', 'complete'],
    facts: readModelFacts(path),
  };
}

/** Paths of the written models. */
export interface SmokeModels {
  readonly smoke: string;
  readonly random: string;
}

/** Writes both test models into `directory`. The random one is for tests alone and in no image. */
export async function generateSmokeModels(directory: string): Promise<SmokeModels> {
  const random = join(directory, randomModelFile);
  await writeSmokeModel(directory);
  await writeWhole(random, randomModel());
  return { smoke: join(directory, smokeModelFile), random };
}
