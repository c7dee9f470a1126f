import { variables } from '../context/variables.ts';
import { type BakedModel, ModelRole } from '../models/image-facts.ts';
import { modelDiskLabel } from '../models/model-disk.ts';

const variableOf = {
  chat: variables.aiModel.name,
  complete: variables.completeModel.name,
  embed: variables.embedModel.name,
} as const;

/** Values of the variables that take each role's model from a disk of models; a role without a model has none. */
export function modelPresets(models: readonly BakedModel[]): Map<string, string> {
  const presets = new Map<string, string>();
  const taken = new Set<BakedModel>();
  for (const role of ModelRole.options) {
    const model = modelFor(role, models, taken);
    if (!model) continue;
    taken.add(model);
    presets.set(variableOf[role], `disk:${modelDiskLabel}/${model.file}`);
  }
  return presets;
}

/** One made for this role before one that has another already. */
function modelFor(
  role: ModelRole,
  models: readonly BakedModel[],
  taken: ReadonlySet<BakedModel>,
): BakedModel | undefined {
  const able = models.filter((model) => model.roles.includes(role));
  return able.find((model) => !taken.has(model)) ?? able[0];
}
