import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { catalogueEntry } from '../models/catalogue/find.ts';
import { traitsOf } from '../models/catalogue/model-traits.ts';
import type { Catalogue, CatalogueModel, ModelProfile } from '../models/catalogue/schema.ts';
import { fetchModel } from '../models/download/fetch-model.ts';
import { fetchText } from '../models/fetch-text.ts';
import { type BakedModel, ModelRole } from '../models/image-facts.ts';
import { inspectModel } from '../models/inspect.ts';
import { sourceText } from '../models/source.ts';
import { findRecord } from '../models/store/records.ts';
import { digestText } from './digest.ts';
import { linkFile } from './link-file.ts';
import { cacheDirectory } from './places.ts';
import type { Profile } from './profiles.ts';
import type { ModelOrigin } from './stage.ts';

/** Where fetched models stay, whatever becomes of the stages: the next build finds them or goes on fetching. */
function modelStore(): string {
  return join(cacheDirectory(), 'models');
}

/** A profile of the catalogue as one that can be baked. */
export function catalogueProfile(catalogue: Catalogue, profile: ModelProfile, origin: ModelOrigin): Profile {
  const models = modelsOf(catalogue, profile);
  return {
    about: profile.about,
    memory: profile.vm.memory * 1024,
    size: models.reduce((sum, { size }) => sum + size.bytes, 0),
    async missing() {
      const sizes = models.map(async (model) => ((await isHere(model)) ? 0 : model.size.bytes));
      return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    },
    inputs: () =>
      Promise.resolve(
        Object.fromEntries(
          models.map((model) => [`catalogue: ${model.id}`, digestText(JSON.stringify(model))]),
        ),
      ),
    async provide({ output, progress, signal }) {
      await mkdir(modelStore(), { recursive: true });
      const baked: BakedModel[] = [];
      for (const model of models) {
        const record = await fetchModel(
          {
            source: model.source,
            id: model.id,
            store: modelStore(),
            mirror: origin.hub,
            token: origin.token,
            inspect: inspectModel,
            ...(!model.size.approximate && { expectedSize: model.size.bytes }),
          },
          { signal, onProgress: (state) => progress(`${model.id}: ${fetchText(state)}`) },
        );
        const file = `${model.id}.gguf`;
        await linkFile(join(modelStore(), record.file), join(output, file));
        baked.push(bakedModel(model, file, record));
      }
      return baked;
    },
  };
}

/** The models of a profile, the one for chat first, each once. */
function modelsOf(catalogue: Catalogue, { models }: ModelProfile): CatalogueModel[] {
  const found = ModelRole.options.flatMap((role) => {
    const id = models[role];
    return id === undefined ? [] : [catalogueEntry(catalogue, id)?.model];
  });
  return [...new Set(found)].filter((model) => model !== undefined);
}

async function isHere({ source }: CatalogueModel): Promise<boolean> {
  const store = modelStore();
  if (!(await stat(store).catch(() => undefined))) return false;
  return (await findRecord(store, source)) !== undefined;
}

function bakedModel(
  model: CatalogueModel,
  file: string,
  record: Awaited<ReturnType<typeof fetchModel>>,
): BakedModel {
  const { sha256, facts } = record;
  if (sha256 === undefined || 'adapterFor' in facts)
    throw new Error(`${model.id} came as no model with a hash`);
  return {
    id: model.id,
    file,
    sha256,
    roles: model.roles,
    facts,
    licence: model.licence.spdx,
    source: sourceText(model.source),
    traits: traitsOf(model),
  };
}
