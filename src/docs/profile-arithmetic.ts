import { explain } from '../engine/sizing/explain.ts';
import { gibibyte } from '../engine/sizing/memory.ts';
import { sizeEngine } from '../engine/sizing/size-engine.ts';
import type { CatalogueModel, ModelProfile } from '../models/catalogue/schema.ts';

/**
 * How a VM of the profile's size would share its memory out among the profile's models, as `onepilot models explain`
 * prints it; undefined where the sizes of one of them are not known before its file is there.
 */
export function profileArithmetic(
  { vm }: ModelProfile,
  models: readonly CatalogueModel[],
): readonly string[] | undefined {
  const candidates = models.flatMap(({ id, roles, facts }) =>
    facts ? [{ id, roles, facts, adapters: 0, asked: false }] : [],
  );
  if (candidates.length < models.length) return undefined;
  const machine = { memory: vm.memory * gibibyte, cores: vm.cpus, numaNodes: 1, simd: 'AVX2' };
  const wishes = { contextSize: undefined, cpuThreads: 0 };
  return explain(sizeEngine(candidates, wishes, machine))
    .trimEnd()
    .split('\n');
}
