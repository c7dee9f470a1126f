import { nearest } from '../../../context/nearest.ts';
import { failure } from '../../../errors/catalogue.ts';
import { catalogueEntry } from '../../../models/catalogue/find.ts';
import type { CatalogueModel } from '../../../models/catalogue/schema.ts';
import { idOfSource, parseSource, type RemoteSource } from '../../../models/source.ts';
import { usage } from '../usage.ts';
import type { Inventory } from './inventory.ts';

/** What somebody wants to have fetched. */
export interface ChosenSource {
  readonly source: RemoteSource;
  /** Name under which clients find the model. */
  readonly id: string;
  /** Where a name was given. */
  readonly entry: CatalogueModel | undefined;
  readonly notes: readonly string[];
}

/**
 * The file that `text` means: a name of the catalogue, `hf:…` or `https://…#sha256=…`. Pure.
 * @throws COMMAND_USAGE, COMMAND_MODEL_UNKNOWN, COMMAND_MODEL_BAKED, COMMAND_MODEL_ON_DISK
 */
export function chooseSource(text: string, { catalogue, baked }: Inventory): ChosenSource {
  if (text.includes(':')) {
    const source = parseSource(text);
    if ('fault' in source) throw usage(`SOURCE must ${source.fault}.`, 'models pull');
    if (source.kind === 'disk') throw failure('COMMAND_MODEL_ON_DISK', {});
    return { source, id: idOfSource(source), entry: undefined, notes: [] };
  }
  if (baked.some(({ id }) => id === text)) throw failure('COMMAND_MODEL_BAKED', { model: text });
  const found = catalogue && catalogueEntry(catalogue, text);
  if (!found) throw unknownModel(text, catalogue?.models.map(({ id }) => id) ?? []);
  const { model, retired } = found;
  const notes = retired
    ? [`${retired.name} is not offered any more (${retired.reason}): ${model.id} takes its place.`]
    : [];
  return { source: model.source, id: model.id, entry: model, notes };
}

/** @param known Names that may have been meant. */
export function unknownModel(model: string, known: readonly string[]) {
  const similar = nearest(model, known);
  const hint = similar === undefined ? '' : `Did you mean ${similar}? `;
  return failure('COMMAND_MODEL_UNKNOWN', { model, hint });
}
