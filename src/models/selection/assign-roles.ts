import { ModelRole } from '../image-facts.ts';
import type { KnownModel } from './model.ts';
import { placeOf } from './place.ts';
import { bakedModel, type Supply } from './resolve.ts';

/** A model and the roles it has, of which there is at least one. */
export interface Assigned {
  readonly model: KnownModel;
  readonly roles: readonly ModelRole[];
}

/**
 * Gives each role to its chosen model; where none is chosen, to the image's. A model without a role is none of them.
 * The one for chat comes first. Pure.
 */
export function assignRoles(
  chosen: ReadonlyMap<ModelRole, KnownModel | 'none'>,
  { baked, store }: Pick<Supply, 'baked' | 'store'>,
): Assigned[] {
  const roles = new Map<string, { model: KnownModel; roles: ModelRole[] }>();
  const give = (model: KnownModel, role: ModelRole) => {
    const place = placeOf(model);
    const entry = roles.get(place) ?? { model, roles: [] };
    // Named by the context for one of its roles, it is asked for.
    roles.set(place, { model: model.asked ? model : entry.model, roles: [...entry.roles, role] });
  };
  const fromImage = baked.map((model) => bakedModel(model, store));
  for (const role of ModelRole.options) {
    const choice = chosen.get(role);
    if (choice === 'none') continue;
    if (choice) give(choice, role);
    else for (const model of fromImage.filter(({ able }) => able.includes(role))) give(model, role);
  }
  const assigned = [...roles.values()];
  const [chat] = assigned;
  const nobodyCompletes =
    !chosen.has('complete') && !assigned.some(({ roles }) => roles.includes('complete'));
  if (chat?.roles.includes('chat') && nobodyCompletes && chat.model.facts?.hasInfillTokens) {
    return assigned.map((entry) =>
      entry === chat ? { ...entry, roles: [...entry.roles, 'complete'] } : entry,
    );
  }
  return assigned;
}
