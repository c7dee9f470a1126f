import type { Catalogue, CatalogueModel, ModelProfile, RetiredName } from './schema.ts';

/** A model found by a name. */
export interface FoundModel {
  readonly model: CatalogueModel;
  /** Set where the name is a retired one: the model then only takes its place, and people should be told. */
  readonly retired?: RetiredName;
}

/** The model that `name` stands for: an id, an alias, or a retired name, which is replaced. */
export function catalogueEntry({ models, retired }: Catalogue, name: string): FoundModel | undefined {
  const model = models.find(({ id, aliases }) => id === name || aliases.includes(name));
  if (model) return { model };
  const gone = retired.find((entry) => entry.name === name);
  const replacement = gone && models.find(({ id }) => id === gone.replacement);
  return replacement && { model: replacement, retired: gone };
}

/** The profiles by name, the smallest VM first. */
export function profilesOf({ profiles }: Catalogue): (ModelProfile & { readonly name: string })[] {
  return Object.entries(profiles)
    .map(([name, profile]) => ({ name, ...profile }))
    .sort((a, b) => a.vm.memory - b.vm.memory);
}
