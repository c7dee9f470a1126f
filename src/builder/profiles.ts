import { join } from 'node:path';
import { failure } from '../errors/catalogue.ts';
import { profilesOf } from '../models/catalogue/find.ts';
import { readCatalogue } from '../models/catalogue/parse.ts';
import type { BakedModel } from '../models/image-facts.ts';
import { writeSmokeModel } from '../models/smoke/write.ts';
import { catalogueProfile } from './catalogue-profile.ts';
import { digestOf } from './digest.ts';
import { checkout } from './places.ts';
import type { BuildOptions, StageInputs, StageRun } from './stage.ts';

/** A set of models to bake. */
export interface Profile {
  readonly about: string;
  /** MiB of memory that a VM with these models needs. */
  readonly memory: number;
  /** Bytes of all files. */
  readonly size: number;
  /** Bytes that are still to be fetched. */
  missing(): Promise<number>;
  /** Where the models come from, as part of the model stage's key. */
  inputs(): Promise<StageInputs>;
  /** Puts the models into the stage's output and describes them. */
  provide(run: Pick<StageRun, 'output' | 'progress' | 'signal'>): Promise<BakedModel[]>;
}

/** What reaches the generated model's bytes. */
const smokeSources = ['src/models/smoke', 'src/models/gguf/writer.ts', 'src/models/gguf/tensor-types.ts'];

const smoke: Profile = {
  about: 'a 1 MB automaton that says known sentences: for tests, no copilot',
  memory: 2048,
  size: 1024 ** 2,
  missing: () => Promise.resolve(0),
  async inputs() {
    return { 'src/models/smoke/': await digestOf(...smokeSources.map((path) => join(checkout, path))) };
  },
  provide: async ({ output }) => [await writeSmokeModel(output)],
};

/** Every VM with this image has its models from elsewhere: a disk, or the hub. */
const bare: Profile = {
  about: 'no model: for VMs with a disk of models, which lets the system be replaced without them',
  memory: 2048,
  size: 0,
  missing: () => Promise.resolve(0),
  inputs: () => Promise.resolve({}),
  provide: () => Promise.resolve([]),
};

const builtIn: ReadonlyMap<string, Profile> = new Map([
  ['smoke', smoke],
  ['bare', bare],
]);

/** The catalogue that the checkout holds. */
export const ownCatalogue = join(checkout, 'appliance/catalogue.yaml');

/** The profiles that can be built, by name, the one for tests first. @throws CATALOGUE_UNREADABLE, CATALOGUE_WRONG */
export async function profilesFor(
  origin: BuildOptions['models'] = {},
): Promise<ReadonlyMap<string, Profile>> {
  const catalogue = await readCatalogue(origin.catalogue ?? ownCatalogue);
  const fetched = profilesOf(catalogue).map(
    (profile) => [profile.name, catalogueProfile(catalogue, profile, origin)] as const,
  );
  return new Map([...fetched, ...builtIn]);
}

/**
 * The profile that the options name. `smoke` and `bare` need no catalogue.
 * @throws BUILD_UNKNOWN_PROFILE, CATALOGUE_UNREADABLE, CATALOGUE_WRONG
 */
export async function profileOf({
  profile,
  models,
}: Pick<BuildOptions, 'profile' | 'models'>): Promise<Profile> {
  const own = builtIn.get(profile);
  if (own) return own;
  const profiles = await profilesFor(models);
  const found = profiles.get(profile);
  if (found) return found;
  throw failure('BUILD_UNKNOWN_PROFILE', { profile, profiles: [...profiles.keys()].join(', ') });
}
