import { readImageFacts } from '../../../bootstrap/current.ts';
import { readText } from '../../../bootstrap/files.ts';
import { type ParsedSettings, parseSettings } from '../../../context/parse.ts';
import type { Settings } from '../../../context/variables.ts';
import { observeHardware } from '../../../machine/hardware.ts';
import { parseCatalogue } from '../../../models/catalogue/parse.ts';
import type { Catalogue } from '../../../models/catalogue/schema.ts';
import type { BakedModel, ImageFacts } from '../../../models/image-facts.ts';
import { type FetchingView, readFetching } from '../../../models/progress.ts';
import type { FetchedFile } from '../../../models/selection/resolve.ts';
import { type Selection, selectModels } from '../../../models/selection/select.ts';
import { standingRefusals } from '../../../models/selection/standing-refusals.ts';
import { readFetched, recordedPath } from '../../../models/store/fetched.ts';
import { type Partial, partialsOf } from '../../../models/store/partials.ts';
import { listRecords } from '../../../models/store/records.ts';
import { type Refusal, readRefusals } from '../../../models/store/refusals.ts';
import type { CommandWorld } from '../command.ts';
import { type PresetModel, readPresetModels } from './preset-models.ts';

/** Everything that is known of models on this machine. */
export interface Inventory {
  /** Root of the store. */
  readonly store: string;
  /** Undefined where this machine is no appliance. */
  readonly image: ImageFacts | undefined;
  readonly baked: readonly BakedModel[];
  /** Undefined where this machine has none. */
  readonly catalogue: Catalogue | undefined;
  /** What was fetched, or found on disks, with its absolute path; a disk need not be attached. */
  readonly fetched: readonly FetchedFile[];
  readonly partials: readonly Partial[];
  /** Those of the engine of this image. */
  readonly refusals: readonly Refusal[];
  /** What the fetching unit says. */
  readonly fetching: FetchingView;
  readonly parsed: ParsedSettings;
  readonly settings: Settings;
  /** What the settings mean. */
  readonly selection: Selection;
  /** What the engine was told to serve. */
  readonly preset: readonly PresetModel[];
}

/**
 * Looks at image, store, catalogue, context and engine; changes nothing.
 * @throws AGENT_BAD_IMAGE_FACTS, CATALOGUE_WRONG
 */
export async function takeInventory({
  paths,
  readContext,
  now,
}: Pick<CommandWorld, 'paths' | 'readContext' | 'now'>): Promise<Inventory> {
  const [image, catalogue, records, present, partials, refused, fetching, preset, context, { memory }] =
    await Promise.all([
      readImage(paths.imageFacts),
      readOwnCatalogue(paths.catalogue),
      listRecords(paths.models),
      readFetched(paths),
      partialsOf(paths.models),
      readRefusals(paths.models),
      readFetching(paths.fetching),
      readPresetModels(paths.enginePreset),
      readContext(),
      observeHardware(),
    ]);
  // As the agent does: of half a context nobody knows what the other half would have said.
  const parsed = parseSettings(context.complete ? context.values : new Map());
  const baked = image?.models ?? [];
  const refusals = image ? standingRefusals(refused, { engine: image.engine, memory, now: now() }) : [];
  const supply = { baked, catalogue, fetched: present, store: paths.models };
  return {
    store: paths.models,
    image,
    baked,
    catalogue,
    fetched: records.map((record) => ({ record, path: recordedPath(record, paths) })),
    partials,
    refusals,
    fetching,
    parsed,
    settings: parsed.settings,
    selection: selectModels(parsed.settings, supply, refusals),
    preset,
  };
}

/** @throws AGENT_BAD_IMAGE_FACTS */
async function readImage(path: string): Promise<ImageFacts | undefined> {
  return (await readText(path)) === undefined ? undefined : readImageFacts(path);
}

/** The catalogue that came with the image. @throws CATALOGUE_WRONG */
async function readOwnCatalogue(path: string): Promise<Catalogue | undefined> {
  const text = await readText(path);
  return text === undefined ? undefined : parseCatalogue(text, path);
}
