import { setMarkFile } from '../../../bootstrap/files.ts';
import { variables } from '../../../context/variables.ts';
import { shownBytes } from '../../../engine/sizing/explain.ts';
import { failure } from '../../../errors/catalogue.ts';
import { catalogueEntry } from '../../../models/catalogue/find.ts';
import type { FetchedFile } from '../../../models/selection/resolve.ts';
import { idOfSource, type ModelSource } from '../../../models/source.ts';
import { dropPartial, type Partial } from '../../../models/store/partials.ts';
import { sourceKey } from '../../../models/store/places.ts';
import { removeRecord } from '../../../models/store/records.ts';
import { inSourceTurn } from '../../../models/store/turn.ts';
import type { Call, Result } from '../command.ts';
import { done } from '../exit-codes.ts';
import { unknownModel } from './chosen-source.ts';
import { type Inventory, takeInventory } from './inventory.ts';
import { type Remnant, remnantsOf, removeRemnant } from './remnants.ts';

/** All that is here of a model. */
interface Belongings {
  readonly fetched: readonly FetchedFile[];
  readonly partials: readonly Partial[];
  readonly remnants: readonly Remnant[];
}

/**
 * `onepilot models remove [--force] NAME`.
 * @throws COMMAND_MODEL_UNKNOWN, COMMAND_MODEL_BAKED, COMMAND_MODEL_SERVED, COMMAND_MODEL_WANTED, MODEL_FETCH_BUSY
 */
export async function removeModel({
  words: [id = ''],
  flag,
  world,
}: Pick<Call, 'words' | 'flag' | 'world'>): Promise<Result> {
  const inventory = await takeInventory(world);
  const belongings = await belongingsOf(id, inventory);
  if (!flag('force')) refuseNeeded(id, belongings, inventory);
  const freed = await remove(belongings, inventory.store);
  // Whatever is needed is fetched again; without the mark, at the agent's hourly run.
  await setMarkFile(world.paths.lookAgain).catch(() => {});
  const onDisk = belongings.fetched.some(({ record }) => record.source.kind === 'disk');
  return {
    code: done,
    text: `${id} is removed${onDisk ? '; its file stays on its disk' : ''}. ${shownBytes(freed)} are free again.\n`,
    json: { id, removed: true, freed },
  };
}

async function belongingsOf(id: string, inventory: Inventory): Promise<Belongings> {
  const { store, fetched, partials, catalogue, baked } = inventory;
  const remnants = await remnantsOf(store, fetched);
  const nameOf = (source: ModelSource) =>
    catalogue?.models.find((model) => sourceKey(model.source) === sourceKey(source))?.id ??
    idOfSource(source);
  const own: Belongings = {
    fetched: fetched.filter(({ record }) => record.id === id),
    partials: partials.filter(({ source }) => nameOf(source) === id),
    remnants: remnants.filter((remnant) => remnant.id === id),
  };
  if (own.fetched.length + own.partials.length + own.remnants.length > 0) return own;
  if (baked.some((model) => model.id === id)) throw failure('COMMAND_MODEL_BAKED', { model: id });
  const known = [...fetched.map(({ record }) => record.id), ...partials.map(({ source }) => nameOf(source))];
  throw unknownModel(id, [...known, ...remnants.map((remnant) => remnant.id)]);
}

/** @throws COMMAND_MODEL_SERVED, COMMAND_MODEL_WANTED */
function refuseNeeded(id: string, { fetched, partials }: Belongings, inventory: Inventory): void {
  const inUse = new Set(inventory.preset.flatMap(({ path, adapters }) => [path, ...adapters]));
  if (fetched.some(({ path }) => inUse.has(path))) throw failure('COMMAND_MODEL_SERVED', { model: id });
  const sources = [...fetched.map(({ record }) => record.source), ...partials.map(({ source }) => source)];
  const variable = sources
    .map((source) => variableNaming(source, inventory))
    .find((name) => name !== undefined);
  if (variable !== undefined) throw failure('COMMAND_MODEL_WANTED', { model: id, variable });
}

/** The variable of the context that means `source`. */
function variableNaming(source: ModelSource, inventory: Inventory): string | undefined {
  const key = sourceKey(source);
  return wantedSources(inventory).find((wanted) => sourceKey(wanted.source) === key)?.variable;
}

function wantedSources({ settings, catalogue }: Inventory) {
  const chosen = (['aiModel', 'completeModel', 'embedModel'] as const).flatMap((setting) => {
    const choice = settings[setting];
    const variable = variables[setting].name;
    if (choice?.kind === 'source') return [{ variable, source: choice.source }];
    const found = choice?.kind === 'name' && catalogue && catalogueEntry(catalogue, choice.name);
    return found ? [{ variable, source: found.model.source }] : [];
  });
  const adapters = settings.loraAdapters.map(({ source }) => ({
    variable: variables.loraAdapters.name,
    source,
  }));
  return [...chosen, ...adapters];
}

/** @returns bytes that were freed */
async function remove({ fetched, partials, remnants }: Belongings, store: string): Promise<number> {
  let freed = 0;
  for (const { record } of fetched) {
    const { source } = record;
    const drop = () => removeRecord(store, record);
    const turn = { patience: 0 };
    freed += await (source.kind === 'disk' ? drop() : inSourceTurn(store, source, turn, drop));
  }
  for (const { source, received } of partials) {
    if (source.kind === 'disk') continue;
    await inSourceTurn(store, source, { patience: 0 }, () => dropPartial(store, source));
    freed += received;
  }
  for (const remnant of remnants) freed += await removeRemnant(remnant);
  return freed;
}
