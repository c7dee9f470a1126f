import type { ModelChoice } from '../../context/kinds/model-choice.ts';
import { nearest } from '../../context/nearest.ts';
import { asProblem } from '../../context/parse.ts';
import { failure } from '../../errors/catalogue.ts';
import type { ContextProblem } from '../../gateway/configuration.ts';
import { catalogueEntry } from '../catalogue/find.ts';
import { traitsOf } from '../catalogue/model-traits.ts';
import type { Catalogue, CatalogueModel } from '../catalogue/schema.ts';
import type { ModelFacts } from '../facts.ts';
import type { BakedModel, ModelRole } from '../image-facts.ts';
import type { ModelRecord } from '../record.ts';
import { idOfSource, type ModelSource } from '../source.ts';
import { sourceKey } from '../store/places.ts';
import { refusalKey } from '../store/refusals.ts';
import type { KnownModel } from './model.ts';

/** Files of weights that are here, and what is known of others. */
export interface Supply {
  readonly baked: readonly BakedModel[];
  /** Undefined where nobody asks for a name that the image does not know. */
  readonly catalogue: Catalogue | undefined;
  /** What was fetched, or found on disks, and is there now, each with its absolute path. */
  readonly fetched: readonly FetchedFile[];
  /** Directory of the image's models. */
  readonly store: string;
}

export interface FetchedFile {
  readonly record: ModelRecord;
  readonly path: string;
}

/** The model that a variable means, or why there is none. */
export interface Resolved {
  readonly model: KnownModel | undefined;
  readonly warnings: readonly ContextProblem[];
}

/** Pure. @param variable The variable that holds `choice`. */
export function resolveChoice(
  choice: Exclude<ModelChoice, { kind: 'none' }>,
  role: ModelRole,
  variable: string,
  supply: Supply,
): Resolved {
  if (choice.kind === 'source') {
    return { model: fromPlace(choice.source, role, supply), warnings: [] };
  }
  const { name } = choice;
  const baked = supply.baked.find(({ id, roles }) => id === name && roles.includes(role));
  if (baked) return { model: { ...bakedModel(baked, supply.store), asked: true }, warnings: [] };
  const found = supply.catalogue && catalogueEntry(supply.catalogue, name);
  if (!found?.model.roles.includes(role))
    return { model: undefined, warnings: [unknown(name, role, variable, supply)] };
  const { model, retired } = found;
  const replaced = retired && { variable, asked: name, reason: retired.reason, replacement: model.id };
  const inImage = supply.baked.find(({ id }) => id === model.id);
  return {
    model: inImage ? { ...bakedModel(inImage, supply.store), asked: true } : fromCatalogue(model, supply),
    warnings: replaced ? [asProblem(failure('CONTEXT_MODEL_REPLACED', replaced), variable)] : [],
  };
}

/** Nobody has said what a model can do that is named by its place: its file does. */
function fromPlace(source: ModelSource, role: ModelRole, supply: Supply): KnownModel {
  const model = fromSource(source, idOfSource(source), [role], supply);
  const isUnable = role === 'complete' && model.facts?.hasInfillTokens === false;
  return isUnable ? { ...model, able: [] } : model;
}

export function bakedModel({ id, file, roles, facts, traits }: BakedModel, store: string): KnownModel {
  return { id, able: roles, facts, traits, asked: false, here: `${store}/${file}` };
}

function fromCatalogue(entry: CatalogueModel, supply: Supply): KnownModel {
  const known = fromSource(entry.source, entry.id, entry.roles, supply);
  const size = entry.size.approximate ? undefined : entry.size.bytes;
  return {
    ...known,
    facts: known.facts ?? entry.facts ?? undefined,
    traits: traitsOf(entry),
    here: typeof known.here === 'string' ? known.here : { ...known.here, size },
  };
}

function fromSource(source: ModelSource, id: string, able: readonly ModelRole[], supply: Supply): KnownModel {
  const fetched = fetchedFrom(source, supply.fetched);
  const facts = fetched && modelFacts(fetched.record);
  return {
    id,
    able,
    facts,
    traits: undefined,
    asked: true,
    here: fetched && facts ? fetched.path : { source, id, holds: 'model' },
    ...(fetched && { refusable: refusalKey(fetched.record) }),
  };
}

/** What was fetched from `source`, with the hash that it pins. */
export function fetchedFrom(source: ModelSource, fetched: readonly FetchedFile[]): FetchedFile | undefined {
  const key = sourceKey(source);
  return fetched.find(
    ({ record }) =>
      sourceKey(record.source) === key && (source.sha256 === undefined || source.sha256 === record.sha256),
  );
}

function modelFacts({ facts }: ModelRecord): ModelFacts | undefined {
  return 'adapterFor' in facts ? undefined : facts;
}

function unknown(asked: string, role: ModelRole, variable: string, supply: Supply): ContextProblem {
  const able = supply.baked.filter(({ roles }) => roles.includes(role)).map(({ id }) => id);
  const names = [...able, ...(supply.catalogue?.models ?? []).map(({ id }) => id)];
  const similar = nearest(asked, names);
  const hint = similar === undefined ? '' : `Did you mean ${similar}? `;
  const used = able[0] ?? 'none';
  return asProblem(failure('CONTEXT_MODEL_UNKNOWN', { variable, asked, used, hint }), variable);
}
