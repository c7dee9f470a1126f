import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkGguf } from '../../models/gguf/header.ts';
import { digestFile, digestOf } from '../digest.ts';
import { checkout } from '../places.ts';
import { profileNamed } from '../profiles.ts';
import type { Stage } from '../stage.ts';

/** The description of the profile's models, beside them in the stage's output. */
export const modelsFile = 'models.json';

export const modelStage: Stage = {
  name: 'model',
  about: 'models of the profile',
  room: 0.5,
  needs: [],

  async inputs({ profile }) {
    const { source } = profileNamed(profile);
    return {
      profile,
      [source]: await digestOf(join(checkout, source)),
      recipe: await digestFile(fileURLToPath(import.meta.url)),
    };
  },

  async run({ options, output }) {
    const models = await profileNamed(options.profile).provide(output);
    for (const { file } of models) await checkGguf(join(output, file));
    await writeFile(join(output, modelsFile), JSON.stringify(models, undefined, 1));
  },
};
