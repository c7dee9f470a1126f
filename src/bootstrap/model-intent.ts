import type { ModelChoice } from '../context/kinds/model-choice.ts';
import { asProblem, type ParsedSettings, type Problems } from '../context/parse.ts';
import { type Settings, variables } from '../context/variables.ts';
import { type EnginePlan, type ModelFiles, planEngine } from '../engine/preset.ts';
import { type Candidate, chats, type Wishes } from '../engine/sizing/candidate.ts';
import type { EngineMachine } from '../engine/sizing/machine.ts';
import { type Sizing, sizeEngine } from '../engine/sizing/size-engine.ts';
import { failure, type OnePilotError } from '../errors/catalogue.ts';
import type { ContextProblem } from '../gateway/configuration.ts';
import type { Paths } from '../machine/paths.ts';
import { readCatalogue } from '../models/catalogue/parse.ts';
import type { Catalogue } from '../models/catalogue/schema.ts';
import type { ImageFacts, ModelRole } from '../models/image-facts.ts';
import { readFetching } from '../models/progress.ts';
import { absentAdapterWarning } from '../models/selection/adapters.ts';
import type { Assigned } from '../models/selection/assign-roles.ts';
import { withFittingAdapters } from '../models/selection/fit-adapters.ts';
import type { FetchJob } from '../models/selection/model.ts';
import { missingWarning, type Selection, selectModels } from '../models/selection/select.ts';
import { standingRefusals } from '../models/selection/standing-refusals.ts';
import { readFetched } from '../models/store/fetched.ts';
import { readRefusals } from '../models/store/refusals.ts';

/** Which models are to be served, how, and which are to be fetched for it. */
export interface ModelIntent extends Problems {
  readonly selection: Selection;
  readonly sizing: Sizing;
  readonly engine: EnginePlan;
  /** What is missing and may be fetched. */
  readonly jobs: readonly FetchJob[];
}

/** Decides on the models, from the settings, the image, what was fetched and the machine. Changes nothing. */
export async function decideModels(
  paths: Paths,
  { given, settings }: Pick<ParsedSettings, 'given' | 'settings'>,
  image: ImageFacts,
  hardware: EngineMachine,
  now = new Date(),
): Promise<ModelIntent> {
  const supply = {
    baked: image.models,
    catalogue: await catalogueFor(settings, image, paths),
    fetched: await readFetched(paths),
    store: paths.models,
  };
  const circumstances = { engine: image.engine, memory: hardware.memory, now };
  const refusals = standingRefusals(await readRefusals(paths.models), circumstances);
  const selection = withFittingAdapters(selectModels(settings, supply, refusals));
  const wishes: Wishes = {
    contextSize: given.has('contextSize') && settings.contextSize > 0 ? settings.contextSize : undefined,
    cpuThreads: settings.cpuThreads,
  };
  const sizing = sizeEngine(selection.served.map(asCandidate), wishes, hardware);
  const fetching = await readFetching(paths.fetching);
  const warnings = [
    ...selection.warnings,
    ...selection.missing.map((missing) => {
      const { here } = missing.model;
      return missingWarning(missing, typeof here === 'string' ? undefined : fetching.failureOf(here));
    }),
    ...selection.jobs
      .filter(({ holds }) => holds === 'adapter')
      .map((job) => absentAdapterWarning(job, fetching.failureOf(job))),
    ...sizing.warnings.map((warning) => asProblem(warning)),
  ];
  const errors = wishErrors(selection, wishes, hardware, sizing);
  return {
    selection,
    sizing,
    engine: planEngine(sizing, filesOf(selection)),
    jobs: errors.length > 0 ? [] : selection.jobs,
    errors,
    warnings,
  };
}

/** What is wrong with what is wished for, whether it is here or not, as far as its facts are known. */
function wishErrors(
  { wished }: Selection,
  wishes: Wishes,
  hardware: EngineMachine,
  sizing: Sizing,
): ContextProblem[] {
  const known = wished.flatMap(({ model, roles }: Assigned): Candidate[] =>
    model.facts ? [{ id: model.id, roles, facts: model.facts, adapters: 0, asked: model.asked }] : [],
  );
  const trained = trainedProblem(known, wishes);
  if (trained) return [asProblem(trained, variables.contextSize.name)];
  const errors = sizing.errors.length > 0 ? sizing.errors : sizeEngine(known, wishes, hardware).errors;
  return errors.map((error) => asProblem(error, variableFor(error)));
}

function trainedProblem(known: readonly Candidate[], { contextSize }: Wishes): OnePilotError | undefined {
  if (contextSize === undefined) return undefined;
  const short = known.find((model) => chats(model) && model.facts.trainedContextSize < contextSize);
  if (!short) return undefined;
  const largest = short.facts.trainedContextSize;
  return failure('CONTEXT_MORE_THAN_TRAINED', { asked: contextSize, model: short.id, largest });
}

function variableFor({ code }: OnePilotError): string {
  return code === 'SIZING_CONTEXT_DOES_NOT_FIT' ? variables.contextSize.name : variables.aiModel.name;
}

function asCandidate({ model, roles, adapters }: Selection['served'][number]): Candidate {
  const bytes = adapters.reduce((sum, adapter) => sum + adapter.bytes, 0);
  const pooling = model.traits?.pooling ?? model.facts.pooling;
  const facts = { ...model.facts, ...(pooling && { pooling }) };
  return { id: model.id, roles, facts, adapters: bytes, asked: model.asked };
}

function filesOf({ served }: Selection): ReadonlyMap<string, ModelFiles> {
  return new Map(
    served.map(({ model, adapters }) => [model.id, { path: model.here, adapters, traits: model.traits }]),
  );
}

/** Parsed only where a name is asked for that the image does not know: that takes a while. */
async function catalogueFor(
  { aiModel, completeModel, embedModel }: Settings,
  { models }: ImageFacts,
  { catalogue }: Pick<Paths, 'catalogue'>,
): Promise<Catalogue | undefined> {
  const isForeign = (choice: ModelChoice | undefined, role: ModelRole) =>
    choice?.kind === 'name' && !models.some(({ id, roles }) => id === choice.name && roles.includes(role));
  const asksForForeign =
    isForeign(aiModel, 'chat') || isForeign(completeModel, 'complete') || isForeign(embedModel, 'embed');
  if (!asksForForeign) return undefined;
  return readCatalogue(catalogue).catch(() => undefined);
}
