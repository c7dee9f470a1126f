import { failure } from '../errors/catalogue.ts';
import type { BakedModel } from '../models/image-facts.ts';
import { writeSmokeModel } from '../models/smoke/write.ts';

/** A set of models to bake, by name. */
export interface Profile {
  readonly about: string;
  /** Where the models come from, as part of the model stage's key. */
  readonly source: string;
  /** Puts the models into `directory` and describes them. */
  provide(directory: string): Promise<BakedModel[]>;
}

/** The profiles that `npm run image -- --profile NAME` can build. */
export const profiles: Readonly<Record<string, Profile>> = {
  smoke: {
    about: 'a 1 MB automaton that says known sentences: for tests, no copilot',
    source: 'src/models/',
    provide: async (directory) => [await writeSmokeModel(directory)],
  },
};

/**
 * The profile called `name`.
 * @throws BUILD_UNKNOWN_PROFILE
 */
export function profileNamed(name: string): Profile {
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile) return profile;
  throw failure('BUILD_UNKNOWN_PROFILE', { profile: name, profiles: Object.keys(profiles).join(', ') });
}
