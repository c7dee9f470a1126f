import type { ModelRole } from '../image-facts.ts';
import { sourceKey } from '../store/places.ts';
import type { KnownModel } from './model.ts';

/** What tells one model from another, whatever they are called: the file, or the source of one that is to come. */
export function placeOf({ here }: Pick<KnownModel, 'here'>): string {
  return typeof here === 'string' ? here : sourceKey(here.source);
}

/**
 * The models by role, each under a name that no other has: names come from those of files, and two files may be called
 * the same. The later one gets a number. Pure.
 * @param others Models that may be served beside them, whose names are taken.
 */
export function distinctlyNamed(
  chosen: ReadonlyMap<ModelRole, KnownModel | 'none'>,
  others: readonly KnownModel[],
): Map<ModelRole, KnownModel | 'none'> {
  const places = new Map(others.map((model) => [model.id, placeOf(model)]));
  const freeName = (model: KnownModel): string => {
    const place = placeOf(model);
    for (let number = 1; ; number++) {
      const id = number === 1 ? model.id : `${model.id}-${number}`;
      if ((places.get(id) ?? place) !== place) continue;
      places.set(id, place);
      return id;
    }
  };
  return new Map(
    [...chosen].map(([role, model]) => [role, model === 'none' ? model : named(model, freeName(model))]),
  );
}

function named(model: KnownModel, id: string): KnownModel {
  const { here } = model;
  return { ...model, id, here: typeof here === 'string' ? here : { ...here, id } };
}
