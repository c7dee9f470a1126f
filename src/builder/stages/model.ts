import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkGguf } from '../../models/gguf/header.ts';
import { digestFile } from '../digest.ts';
import { profileOf } from '../profiles.ts';
import type { Stage } from '../stage.ts';

/** The description of the profile's models, beside them in the stage's output. */
export const modelsFile = 'models.json';

export const modelStage: Stage = {
  name: 'model',
  about: 'models of the profile',
  room: 0.5,
  needs: [],

  async inputs(options) {
    return {
      profile: options.profile,
      ...(await (await profileOf(options)).inputs()),
      recipe: await digestFile(fileURLToPath(import.meta.url)),
    };
  },

  async run(run) {
    const { output } = run;
    const models = await (await profileOf(run.options)).provide(run);
    for (const { file } of models) checkGguf(join(output, file));
    await writeFile(join(output, modelsFile), JSON.stringify(models, undefined, 1));
  },
};
