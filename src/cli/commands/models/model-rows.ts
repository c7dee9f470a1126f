import { join } from 'node:path';
import type { EngineMachine } from '../../../engine/sizing/machine.ts';
import type { Absence } from '../../../gateway/absences.ts';
import type { CatalogueModel } from '../../../models/catalogue/schema.ts';
import type { BakedModel, ModelRole } from '../../../models/image-facts.ts';
import type { FetchProgress } from '../../../models/record.ts';
import type { FetchedFile } from '../../../models/selection/resolve.ts';
import { idOfSource, type ModelSource, sourceText } from '../../../models/source.ts';
import { sourceKey } from '../../../models/store/places.ts';
import { refusalKey } from '../../../models/store/refusals.ts';
import { rolesByFacts, sizedAlone, wishesOf } from './fits.ts';
import type { Inventory } from './inventory.ts';

/** How it is with a model; `stopped`: it would be served if the engine ran. Sizes in bytes. */
export type ModelState =
  | { readonly state: 'serving' | 'stopped' | 'ready' | 'wanted' }
  /** The engine was told to serve it and does not, or it could not be fetched. */
  | { readonly state: 'failed' | 'shed' | 'refused' | 'unfetchable'; readonly reason: string }
  | { readonly state: 'fetching' | 'incomplete'; readonly received: number; readonly size: number | null }
  /** `fits`: whether this machine could serve it, alone; null where that is not known beforehand. */
  | { readonly state: 'absent'; readonly fits: boolean | null };

/** A model or an adapter as it is listed. Holds no secret. */
export interface ModelRow {
  readonly id: string;
  readonly holds: 'model' | 'adapter';
  readonly roles: readonly ModelRole[];
  /** Bytes of the whole file; null where nobody knows. */
  readonly size: number | null;
  /** SPDX identifier; null where nobody knows. */
  readonly licence: string | null;
  readonly origin: 'image' | 'store' | 'disk' | 'catalogue' | 'context';
  /** As a variable would name it; null for a file that only the image has. */
  readonly source: string | null;
  readonly state: ModelState;
}

/** What only the running machine can say. */
export interface Live {
  readonly isEngineUp: boolean;
  /** What the engine lacks though it was told to serve it. */
  readonly absences: readonly Absence[];
  /** Sources that some process is fetching this moment, by `sourceKey`. */
  readonly beingFetched: ReadonlySet<string>;
  /** Bytes of the image's models, by their file. */
  readonly bakedSizes: ReadonlyMap<string, number>;
}

/** The models that are here, or on their way. Pure. */
export function rowsHere(inventory: Inventory, live: Live): readonly ModelRow[] {
  return [
    ...inventory.baked.map((model) => bakedRow(model, inventory, live)),
    ...inventory.fetched.map((file) => fetchedRow(file, inventory, live)),
    ...inventory.partials.map((partial) => partialRow(partial, inventory, live)),
    ...jobRows(inventory),
  ];
}

/** The models of the catalogue that are not here. Pure. */
export function rowsElsewhere(
  inventory: Inventory,
  here: readonly ModelRow[],
  machine: EngineMachine,
): readonly ModelRow[] {
  const known = new Set(here.flatMap(({ id, source }) => [id, ...(source === null ? [] : [source])]));
  const models = inventory.catalogue?.models ?? [];
  return models
    .filter(({ id, source }) => !known.has(id) && !known.has(sourceText(source)))
    .map(({ id, roles, size, licence, source, facts }) => {
      const sizing = facts && sizedAlone({ id, roles, facts }, wishesOf(inventory), machine);
      const state = { state: 'absent', fits: sizing && sizing.errors.length === 0 } as const;
      return {
        id,
        holds: 'model',
        roles,
        size: size.bytes,
        licence: licence.spdx,
        origin: 'catalogue',
        source: sourceText(source),
        state,
      };
    });
}

function bakedRow(model: BakedModel, { store, preset }: Inventory, live: Live): ModelRow {
  const { id, roles, file, licence = null, source = null } = model;
  const served = preset.find(({ path }) => path === join(store, file))?.id;
  return {
    id,
    holds: 'model',
    roles,
    size: live.bakedSizes.get(file) ?? null,
    licence,
    origin: 'image',
    source,
    state: served === undefined ? { state: 'ready' } : servedState(served, live),
  };
}

function fetchedRow({ record, path: place }: FetchedFile, inventory: Inventory, live: Live): ModelRow {
  const { preset, refusals } = inventory;
  const { id, size, source, facts } = record;
  const served = preset.find(({ path, adapters }) => path === place || adapters.includes(place))?.id;
  const refusal = refusals.find(({ model }) => model === refusalKey(record));
  const entry = catalogueModel(source, inventory);
  const isAdapter = 'adapterFor' in facts;
  return {
    id,
    holds: isAdapter ? 'adapter' : 'model',
    roles: isAdapter ? [] : (entry?.roles ?? rolesByFacts(facts)),
    size,
    licence: entry?.licence.spdx ?? null,
    origin: source.kind === 'disk' ? 'disk' : 'store',
    source: sourceText(source),
    state: refusal
      ? { state: 'refused', reason: refusal.reason }
      : served === undefined
        ? { state: 'ready' }
        : servedState(served, live),
  };
}

function servedState(id: string, { absences, isEngineUp }: Live): ModelState {
  if (!isEngineUp) return { state: 'stopped' };
  const absence = absences.find(({ model }) => model === id);
  return absence ? { state: absence.state, reason: absence.what } : { state: 'serving' };
}

function partialRow(
  { source, received, size: expected }: Inventory['partials'][number],
  inventory: Inventory,
  { beingFetched }: Live,
): ModelRow {
  const state = beingFetched.has(sourceKey(source)) ? 'fetching' : 'incomplete';
  const size = expected ?? null;
  const progress = progressOf(source, inventory);
  return {
    ...namedBySource(source, inventory),
    size,
    origin: 'store',
    state:
      state === 'incomplete' && progress?.state === 'failed'
        ? { state: 'unfetchable', reason: progress.what }
        : { state, received, size },
  };
}

/** What the fetching unit last said of `source`. */
function progressOf(source: ModelSource, { fetching }: Inventory): FetchProgress | undefined {
  const key = sourceKey(source);
  return fetching.fetching?.files.find((file) => file.key === key)?.progress;
}

/** What the context wants and of which not a byte is here. */
function jobRows(inventory: Inventory): ModelRow[] {
  const begun = new Set(inventory.partials.map(({ source }) => sourceKey(source)));
  return inventory.selection.jobs
    .filter(({ source }) => !begun.has(sourceKey(source)))
    .map(({ source, size = null }) => {
      const progress = progressOf(source, inventory);
      return {
        ...namedBySource(source, inventory),
        size,
        origin: 'context',
        state:
          progress?.state === 'failed'
            ? { state: 'unfetchable', reason: progress.what }
            : { state: 'wanted' },
      };
    });
}

/** What is known of a file that is not here from where it comes from. */
function namedBySource(
  source: ModelSource,
  inventory: Inventory,
): Pick<ModelRow, 'id' | 'holds' | 'roles' | 'licence' | 'source'> {
  const entry = catalogueModel(source, inventory);
  const job = inventory.selection.jobs.find((wanted) => sourceKey(wanted.source) === sourceKey(source));
  return {
    id: entry?.id ?? idOfSource(source),
    holds: job?.holds ?? 'model',
    roles: entry?.roles ?? [],
    licence: entry?.licence.spdx ?? null,
    source: sourceText(source),
  };
}

function catalogueModel(
  source: ModelSource,
  { catalogue }: Pick<Inventory, 'catalogue'>,
): CatalogueModel | undefined {
  const key = sourceKey(source);
  return catalogue?.models.find((model) => sourceKey(model.source) === key);
}
