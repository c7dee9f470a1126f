import { variables } from '../context/variables.ts';
import type { BakedModel } from './image-facts.ts';

/** Filesystem label of the disk that holds a profile's models; ext4 allows 16 bytes. */
export const modelDiskLabel = 'ONEPILOT-MODELS';

/** The variable that names the model of each role. */
const roleVariables = {
  chat: variables.aiModel,
  complete: variables.completeModel,
  embed: variables.embedModel,
} as const;

/** Context values that make a VM serve the models of such a disk, each role the first that has it. */
export function modelDiskContext(
  models: readonly Pick<BakedModel, 'file' | 'roles'>[],
): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const { file, roles } of models) {
    for (const role of roles) values[roleVariables[role].name] ??= `disk:${modelDiskLabel}/${file}`;
  }
  return values;
}
