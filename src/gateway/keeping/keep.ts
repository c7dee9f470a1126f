import type { RouterStatus } from '../../engine/client.ts';
import { judge, type MemoryReading, modelToShed, noPressure, type Pressure } from '../../engine/pressure.ts';
import {
  asked,
  isDue,
  type Kept,
  leaving,
  type Moment,
  newcomer,
  observed,
  type Resident,
} from './residence.ts';

/** Everything the gateway remembers of the engine's models. Never changed: each look makes another. */
export interface Keeping {
  readonly models: ReadonlyMap<string, Kept>;
  readonly pressure: Pressure;
  /** When a model was last given up, in milliseconds. */
  readonly lastShed?: number;
}

export const newKeeping: Keeping = { models: new Map(), pressure: noPressure };

/** What is seen at one look. */
export interface Sight {
  readonly now: number;
  readonly memory: MemoryReading;
  /** Undefined when the engine does not answer. */
  readonly engine: ReadonlyMap<string, RouterStatus> | undefined;
}

/** What requests are about. */
export interface Use {
  readonly inFlight: number;
  /** When the last one ended, in milliseconds; 0 when there was none. */
  readonly lastUsed: number;
}

/** What the engine is to be asked for. */
export interface Orders {
  readonly load: readonly string[];
  readonly unload: readonly string[];
}

/** Milliseconds from one model given up to the next: an average over ten seconds must first show what it brought. */
const shedInterval = 10_000;

/** What is short for all models at once. */
export function momentOf({ pressure }: Keeping, { now, memory }: Pick<Sight, 'now' | 'memory'>): Moment {
  const { stall: _, ...rest } = memory;
  return { now, pressed: pressure.high, ...rest };
}

/**
 * What to ask the engine for, now that it looks like this, and what to remember then. Pure.
 * @param wanted The model that a request waits for.
 */
export function keep(
  before: Keeping,
  residents: readonly Resident[],
  sight: Sight,
  use: (id: string) => Use,
  wanted?: string,
): { readonly keeping: Keeping; readonly orders: Orders } {
  const pressure = judge(before.pressure, sight.memory, sight.now);
  const seen = seenModels({ ...before, pressure }, residents, sight);
  const keeping = { ...before, pressure, models: seen };
  if (!sight.engine) return { keeping, orders: { load: [], unload: [] } };

  const moment = momentOf(keeping, sight);
  const due = residents.filter((model) =>
    isDue(seen.get(model.id) ?? newcomer, moment, model, model.id === wanted),
  );
  const victim = victimOf(keeping, residents, moment, use);
  const models = new Map(seen);
  for (const { id } of due) models.set(id, asked(seen.get(id) ?? newcomer, moment));
  if (victim !== undefined) models.set(victim, leaving(seen.get(victim) ?? newcomer, moment));
  return {
    keeping: { ...keeping, models, ...(victim !== undefined && { lastShed: sight.now }) },
    orders: { load: due.map(({ id }) => id), unload: victim === undefined ? [] : [victim] },
  };
}

function seenModels(
  before: Keeping,
  residents: readonly Resident[],
  sight: Sight,
): ReadonlyMap<string, Kept> {
  const moment = momentOf(before, sight);
  return new Map(
    residents.map((model) => {
      const kept = before.models.get(model.id) ?? newcomer;
      const status = sight.engine && (sight.engine.get(model.id) ?? 'unloaded');
      return [model.id, status ? observed(kept, { status }, moment, model) : kept];
    }),
  );
}

function victimOf(
  { models, lastShed }: Keeping,
  residents: readonly Resident[],
  { now, pressed }: Moment,
  use: (id: string) => Use,
): string | undefined {
  if (!pressed || (lastShed !== undefined && now - lastShed < shedInterval)) return undefined;
  const running = residents.filter(({ id }) => models.get(id)?.residence.kind === 'loaded');
  return modelToShed(running.map(({ id, main }) => ({ id, main, ...use(id) })));
}
