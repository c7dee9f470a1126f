import { decideModels } from '../../../bootstrap/model-intent.ts';
import { asProblem } from '../../../context/parse.ts';
import type { Candidate } from '../../../engine/sizing/candidate.ts';
import { explain } from '../../../engine/sizing/explain.ts';
import type { EngineMachine } from '../../../engine/sizing/machine.ts';
import { modelMemory } from '../../../engine/sizing/memory.ts';
import { type Sizing, sizeEngine } from '../../../engine/sizing/size-engine.ts';
import { failure } from '../../../errors/catalogue.ts';
import type { ContextProblem } from '../../../gateway/configuration.ts';
import { catalogueEntry } from '../../../models/catalogue/find.ts';
import type { Call, Result } from '../command.ts';
import { done, failed } from '../exit-codes.ts';
import { asText, problemLines } from '../text.ts';
import { unknownModel } from './chosen-source.ts';
import { rolesByFacts, wishesOf } from './fits.ts';
import { type Inventory, takeInventory } from './inventory.ts';
import { askedContextSize, askedCores, askedMemory } from './other-machine.ts';
import { type Surroundings, thisMachine } from './surroundings.ts';

/** The arithmetic, and what is wrong with what was asked for. */
interface Explained {
  readonly sizing: Sizing;
  readonly errors: readonly ContextProblem[];
  readonly warnings: readonly ContextProblem[];
  /** Models of which nobody knows the sizes before their files are here. */
  readonly unknown: readonly string[];
}

/**
 * `onepilot models explain`.
 * @throws COMMAND_USAGE, COMMAND_NEEDS_ROOT, COMMAND_MODEL_UNKNOWN, COMMAND_NO_IMAGE, AGENT_BAD_IMAGE_FACTS,
 * CATALOGUE_WRONG
 */
export async function explainModels(
  { value, world }: Pick<Call, 'value' | 'world'>,
  { engineMachine }: Pick<Surroundings, 'engineMachine'> = thisMachine,
): Promise<Result> {
  const names = value('model')?.split(',');
  // Without names, context and store decide, which root alone may read.
  if (names === undefined && !world.isRoot)
    throw failure('COMMAND_NEEDS_ROOT', { command: 'models explain' });
  const [memory, cores] = [askedMemory(value('memory')), askedCores(value('cores'))];
  const contextSize = askedContextSize(value('context-size'));
  const here = await engineMachine();
  const machine: EngineMachine = {
    ...here,
    ...(memory !== undefined && { memory }),
    ...(cores !== undefined && { cores, numaNodes: 1, simd: 'AVX2' }),
  };
  const inventory = withWishes(await takeInventory(world), contextSize, cores !== undefined);
  const explained = names
    ? explainNamed(names, inventory, machine)
    : await explainConfigured(inventory, machine, world.paths);
  return result(explained);
}

/** The inventory of a machine whose context wishes for something else. */
function withWishes(inventory: Inventory, contextSize: number | undefined, otherCores: boolean): Inventory {
  const settings = {
    ...inventory.settings,
    ...(contextSize !== undefined && { contextSize }),
    // Threads were chosen for the cores of this machine.
    ...(otherCores && { cpuThreads: 0 }),
  };
  const given = new Set([
    ...inventory.parsed.given,
    ...(contextSize === undefined ? [] : ['contextSize' as const]),
  ]);
  return { ...inventory, settings, parsed: { ...inventory.parsed, settings, given } };
}

/** As the agent decides it. */
async function explainConfigured(
  { image, parsed }: Inventory,
  machine: EngineMachine,
  paths: Call['world']['paths'],
): Promise<Explained> {
  if (!image) throw failure('COMMAND_NO_IMAGE', {});
  const { sizing, errors, warnings } = await decideModels(paths, parsed, image, machine);
  return { sizing, errors, warnings, unknown: [] };
}

/** @throws COMMAND_MODEL_UNKNOWN */
function explainNamed(names: readonly string[], inventory: Inventory, machine: EngineMachine): Explained {
  const found = names.map((name) => candidateNamed(name.trim(), inventory));
  const candidates = found.filter((candidate) => 'facts' in candidate);
  const sizing = sizeEngine(candidates, wishesOf(inventory), machine);
  return {
    sizing,
    errors: sizing.errors.map((error) => asProblem(error)),
    warnings: sizing.warnings.map((warning) => asProblem(warning)),
    unknown: found.flatMap((candidate) => ('facts' in candidate ? [] : [candidate.id])),
  };
}

/** A model by its name: as it is here, else as the catalogue describes it. @throws COMMAND_MODEL_UNKNOWN */
function candidateNamed(name: string, inventory: Inventory): Candidate | { readonly id: string } {
  const { fetched, baked, catalogue } = inventory;
  const common = { adapters: 0, asked: true };
  const entry = catalogue && catalogueEntry(catalogue, name)?.model;
  const record = fetched.find(({ record: { id, facts } }) => id === name && !('adapterFor' in facts))?.record;
  if (record && !('adapterFor' in record.facts)) {
    const { id, facts } = record;
    return { ...common, id, roles: entry?.roles ?? rolesByFacts(facts), facts };
  }
  const own = baked.find(({ id }) => id === name);
  if (own) return { ...common, id: own.id, roles: own.roles, facts: own.facts };
  if (!entry) {
    const known = [...fetched.map((file) => file.record), ...baked, ...(catalogue?.models ?? [])];
    throw unknownModel(
      name,
      known.map(({ id }) => id),
    );
  }
  const { id, roles, facts } = entry;
  return facts ? { ...common, id, roles, facts } : { id };
}

function result({ sizing, errors, warnings, unknown }: Explained): Result {
  const isKnown = sizing.models.length + sizing.leftOut.length > 0;
  const { machine, wishes, models, leftOut } = sizing;
  return {
    code: errors.length > 0 || !isKnown ? failed : done,
    text: asText([
      ...(isKnown ? [explain(sizing).trimEnd()] : []),
      ...unknown.map((id) => `${id}: its sizes are not published, so they are known once its file is here.`),
      ...problemLines('Errors', errors),
      ...problemLines('Warnings', warnings),
    ]),
    json: {
      fits: errors.length === 0,
      machine,
      wishes: { contextSize: wishes.contextSize ?? null, cpuThreads: wishes.cpuThreads },
      models: models.map(({ candidate: { id, roles, asked, facts }, settings }) => ({
        id,
        roles,
        asked,
        settings,
        memory: modelMemory(facts, settings),
      })),
      leftOut: leftOut.map(({ id }) => id),
      unknown,
      errors,
      warnings,
    },
  };
}
