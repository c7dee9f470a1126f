import { failure, type OnePilotError } from '../../errors/catalogue.ts';
import {
  type Candidate,
  chats,
  contextSizes,
  embedsOnly,
  type Sized,
  smallest,
  type Wishes,
  withContext,
} from './candidate.ts';
import { grown } from './grow.ts';
import { type EngineMachine, memoryFor, roomFor } from './machine.ts';
import { bytesOf, gibibyte, modelMemory } from './memory.ts';

/** How the machine is shared out among the models. */
export interface Sizing {
  readonly machine: EngineMachine;
  readonly wishes: Wishes;
  readonly models: readonly Sized[];
  /** Models nobody asked for by name, for which there is no room beside the others. */
  readonly leftOut: readonly Candidate[];
  /** What was asked for and cannot be. */
  readonly errors: readonly OnePilotError[];
  readonly warnings: readonly OnePilotError[];
}

/**
 * Shares memory and cores of `machine` out among `candidates`: first the least that makes sense for each, then more
 * context, slots and cache as long as there is room. Pure.
 */
export function sizeEngine(candidates: readonly Candidate[], wishes: Wishes, machine: EngineMachine): Sizing {
  const start = candidates.map((candidate) => smallest(candidate, wishes, machine.cores));
  const { models, leftOut } = whatFits(start, machine);
  const common = { machine, wishes, leftOut };
  if (fits(models, machine)) {
    const warnings = [...leftOut.map(leftOutWarning(machine)), ...models.flatMap(slowCacheWarnings)];
    return { ...common, models: grown(models, wishes, machine, fits), errors: [], warnings };
  }
  return { ...common, models, errors: [whyNot(models, wishes, machine)], warnings: [] };
}

/** Whether the machine has room for all of them at their worst. */
export function fits(models: readonly Sized[], machine: EngineMachine): boolean {
  const { anonymous, total } = needs(models);
  const room = roomFor(machine);
  return anonymous <= room.anonymous && total <= room.total;
}

/** Bytes that the models need at their worst. */
export function needs(models: readonly Sized[]): { anonymous: number; total: number } {
  const memories = models.map(({ candidate, settings }) => modelMemory(candidate.facts, settings));
  const anonymous = memories.reduce((sum, memory) => sum + bytesOf(memory.anonymous), 0);
  const mapped = memories.reduce((sum, memory) => sum + bytesOf(memory.mapped), 0);
  return { anonymous, total: anonymous + mapped };
}

/**
 * The models that fit: weights of the largest are mapped if need be, a long context somebody asked for is kept in
 * eight bits a number, then models that nobody asked for go, embeddings first.
 */
function whatFits(
  all: readonly Sized[],
  machine: EngineMachine,
): { models: readonly Sized[]; leftOut: readonly Candidate[] } {
  let models = all;
  const leftOut: Candidate[] = [];
  while (true) {
    const possible = waysToFit(models).find((way) => fits(way, machine));
    if (possible) return { models: possible, leftOut };
    const next = models.find(isDispensable(embedsOnly)) ?? models.find(isDispensable(() => true));
    if (!next) return { models, leftOut };
    leftOut.push(next.candidate);
    models = models.filter((model) => model !== next);
  }
}

const isDispensable =
  (isFirst: (candidate: Candidate) => boolean) =>
  ({ candidate }: Sized) =>
    !candidate.asked && !chats(candidate) && isFirst(candidate);

/** From the fastest to the slowest. */
function waysToFit(models: readonly Sized[]): (readonly Sized[])[] {
  const largest = Math.max(...models.map(({ candidate }) => candidate.facts.weights));
  const mapped = models.map((model) =>
    model.candidate.facts.weights === largest ? withSettings(model, { load: 'mapped' }) : model,
  );
  const short = (way: readonly Sized[]) =>
    way.map((model) => (chats(model.candidate) ? withSettings(model, { cacheType: 'q8_0' }) : model));
  return [models, mapped, short(models), short(mapped)];
}

function withSettings(model: Sized, changed: Partial<Sized['settings']>): Sized {
  return { ...model, settings: { ...model.settings, ...changed } };
}

function leftOutWarning(machine: EngineMachine) {
  return ({ id }: Candidate) =>
    failure('SIZING_ROLE_LEFT_OUT', { model: id, memory: inGibibytes(machine.memory) });
}

function slowCacheWarnings({ candidate: { id }, settings: { cacheType, contextSize } }: Sized) {
  return cacheType === 'f16' ? [] : [failure('SIZING_SLOW_CONTEXT', { model: id, size: contextSize })];
}

function whyNot(models: readonly Sized[], wishes: Wishes, machine: EngineMachine): OnePilotError {
  const asked = wishes.contextSize;
  const largest = asked === undefined ? undefined : largestContext(models, wishes, machine);
  if (asked !== undefined && largest !== undefined) {
    return failure('SIZING_CONTEXT_DOES_NOT_FIT', { asked, largest, memory: inGibibytes(machine.memory) });
  }
  return failure('SIZING_MODEL_DOES_NOT_FIT', {
    models: models.map(({ candidate }) => candidate.id).join(', '),
    needs: inGibibytes(leastMemory(models, wishes, machine)),
    memory: inGibibytes(machine.memory),
  });
}

/** Bytes of memory with which the models would fit one way or another, in whole tenths of GiB. */
function leastMemory(models: readonly Sized[], wishes: Wishes, machine: EngineMachine): number {
  const auto = { ...wishes, contextSize: undefined };
  const least = models.map(({ candidate }) => smallest(candidate, auto, machine.cores));
  const step = gibibyte / 10;
  const memories = waysToFit(least).map((way) => Math.ceil(memoryFor(needs(way)) / step) * step);
  return Math.min(...memories);
}

/** The most tokens that fit for chat beside the least for everything else; undefined where not even the least does. */
function largestContext(
  models: readonly Sized[],
  wishes: Wishes,
  machine: EngineMachine,
): number | undefined {
  const auto = { ...wishes, contextSize: undefined };
  const least = models
    .filter(({ candidate }) => chats(candidate))
    .flatMap(({ candidate }) => contextSizes(candidate, auto, machine.cores).at(-1) ?? []);
  const step = 1024;
  for (
    let size = Math.floor((wishes.contextSize ?? 0) / step) * step;
    size >= Math.min(...least);
    size -= step
  ) {
    const tried = models.map((model) =>
      chats(model.candidate)
        ? {
            ...model,
            settings: withContext(
              model.candidate,
              model.settings,
              Math.min(size, model.candidate.facts.trainedContextSize),
            ),
          }
        : model,
    );
    if (waysToFit(tried).some((way) => fits(way, machine))) return size;
  }
  return undefined;
}

/** With one decimal. */
export function inGibibytes(bytes: number): string {
  return `${(bytes / gibibyte).toFixed(1)} GiB`;
}
