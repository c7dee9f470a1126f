import type { ModelChoice } from '../../context/kinds/model-choice.ts';
import { asProblem } from '../../context/parse.ts';
import { type Settings, variables } from '../../context/variables.ts';
import { failure } from '../../errors/catalogue.ts';
import type { ContextProblem } from '../../gateway/configuration.ts';
import { ModelRole } from '../image-facts.ts';
import type { Refusal } from '../store/refusals.ts';
import { chooseAdapters } from './adapters.ts';
import { type Assigned, assignRoles } from './assign-roles.ts';
import type { FetchJob, KnownModel, ServedModel } from './model.ts';
import { distinctlyNamed } from './place.ts';
import { bakedModel, resolveChoice, type Supply } from './resolve.ts';

export type ModelSettings = Pick<Settings, 'aiModel' | 'completeModel' | 'embedModel' | 'loraAdapters'>;

/** What is to be served, and what is missing for it. */
export interface Selection {
  /** What the context wishes, here or not. */
  readonly wished: readonly Assigned[];
  /** What can be served as things are: a model of the image stands in for one that is not here. */
  readonly served: readonly ServedModel[];
  readonly jobs: readonly FetchJob[];
  /** The wished models that others stand in for, and who. */
  readonly missing: readonly Missing[];
  readonly warnings: readonly ContextProblem[];
}

export interface Missing {
  readonly model: KnownModel;
  readonly variable: string;
  /** Id of the model in its place; undefined where nobody is. */
  readonly used: string | undefined;
  /** Why the engine does not take it, if that is why. */
  readonly refusal?: string | undefined;
  /** Whether it cannot do what it was named for. */
  readonly isUnable: boolean;
}

const variableOf = {
  chat: variables.aiModel.name,
  complete: variables.completeModel.name,
  embed: variables.embedModel.name,
} as const satisfies Record<ModelRole, string>;

/**
 * The models that the settings mean. Pure.
 * @param refusals What the engine of this image could not load.
 */
export function selectModels(
  settings: ModelSettings,
  supply: Supply,
  refusals: readonly Pick<Refusal, 'model' | 'reason'>[] = [],
): Selection {
  const choices: Readonly<Record<ModelRole, ModelChoice | undefined>> = {
    chat: settings.aiModel,
    complete: settings.completeModel,
    embed: settings.embedModel,
  };
  const warnings: ContextProblem[] = [];
  const resolutions = new Map<ModelRole, KnownModel | 'none'>();
  for (const role of ModelRole.options) {
    const choice = choices[role];
    if (choice === undefined) continue;
    if (choice.kind === 'none') {
      resolutions.set(role, 'none');
      continue;
    }
    const resolved = resolveChoice(choice, role, variableOf[role], supply);
    warnings.push(...resolved.warnings);
    if (resolved.model) resolutions.set(role, resolved.model);
  }
  if (supply.baked.length === 0 && choices.chat === undefined) {
    warnings.push(asProblem(failure('MODEL_NONE', { variable: variableOf.chat }), variableOf.chat));
  }
  const fromImage = supply.baked.map((model) => bakedModel(model, supply.store));
  const chosen = distinctlyNamed(resolutions, fromImage);

  const reasonAgainst = (refusable: string | undefined) =>
    refusals.find(({ model }) => model === refusable)?.reason;
  const able = new Map([...chosen].filter(([role, model]) => model === 'none' || isAble(model, role)));
  const usable = new Map(
    [...able].filter(([, model]) => model === 'none' || isUsable(model, reasonAgainst(model.refusable))),
  );
  const present = assignRoles(usable, supply);
  const missing = [...chosen].flatMap(([role, model]): Missing[] => {
    if (model === 'none' || usable.has(role)) return [];
    const used = present.find(({ roles }) => roles.includes(role))?.model.id;
    return [
      {
        model,
        variable: variableOf[role],
        used,
        refusal: reasonAgainst(model.refusable),
        isUnable: !able.has(role),
      },
    ];
  });
  const adapters = chooseAdapters(settings.loraAdapters, present, supply, reasonAgainst);
  return {
    wished: assignRoles(able, supply),
    served: present.flatMap(({ model, roles }): ServedModel[] => {
      const { here, facts } = model;
      if (typeof here !== 'string' || facts === undefined) return [];
      return [{ model: { ...model, here, facts }, roles, adapters: adapters.of(model.id) }];
    }),
    jobs: unique([
      ...missing.flatMap(({ model }) => (typeof model.here === 'string' ? [] : [model.here])),
      ...adapters.jobs,
    ]),
    missing,
    warnings: [...warnings, ...adapters.warnings],
  };
}

/** One of the image or of the catalogue was found by what it can do, which need not be all that its entry says. */
function isAble({ able }: KnownModel, role: ModelRole): boolean {
  return able.length > 0 || role !== 'complete';
}

function isUsable({ here, facts }: KnownModel, refusal: string | undefined): boolean {
  return typeof here === 'string' && facts !== undefined && refusal === undefined;
}

/** One file may be wished for two roles. */
function unique(jobs: readonly FetchJob[]): FetchJob[] {
  return [...new Map(jobs.map((job) => [JSON.stringify(job.source), job])).values()];
}

/** What is said of a wished model that is not served. @param failed Why fetching it failed, if it did. */
export function missingWarning(
  { model: { id }, variable, used = 'nothing', refusal, isUnable }: Missing,
  failed: string | undefined,
): ContextProblem {
  if (isUnable) return asProblem(failure('MODEL_CANNOT_COMPLETE', { model: id, used }), variable);
  if (refusal !== undefined) {
    return asProblem(failure('MODEL_REFUSED_BY_ENGINE', { model: id, used, reason: refusal }), variable);
  }
  if (failed !== undefined) {
    return asProblem(failure('MODEL_NOT_FETCHED', { model: id, used, reason: failed }), variable);
  }
  return asProblem(failure('MODEL_BEING_FETCHED', { model: id, used }), variable);
}
