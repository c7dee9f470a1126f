import { createHash } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BakedModel } from '../image-facts.ts';
import { testContextSize } from './qwen2.ts';
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

function bakedModel(bytes: Uint8Array): BakedModel {
  return {
    id: 'onepilot-smoke',
    file: smokeModelFile,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    roles: ['chat', 'complete'],
    trainedContextSize: testContextSize,
  };
}

/** What `image.json` says of the smoke model. */
export function bakedSmokeModel(): BakedModel {
  return bakedModel(smokeModel());
}

/** Writes the smoke model into `directory`, which is made if need be, and describes it for `image.json`. */
export async function writeSmokeModel(directory: string): Promise<BakedModel> {
  const bytes = smokeModel();
  await writeWhole(join(directory, smokeModelFile), bytes);
  return bakedModel(bytes);
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
