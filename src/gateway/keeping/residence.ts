import { diagnose } from '../../engine/diagnosis.ts';
import type { OnePilotError } from '../../errors/catalogue.ts';

/**
 * Where a model is in its life in the engine, as the gateway knows it. Times are milliseconds of a clock that
 * only goes forward.
 */
export type Residence =
  /** Not asked about yet. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'loaded'; readonly since: number }
  /** It is down and will be loaded at `retryAt`. */
  | { readonly kind: 'down'; readonly retryAt: number }
  /** Given up for memory; its process may still be ending. */
  | { readonly kind: 'leaving'; readonly since: number }
  /** Given up for memory. `needs`: bytes that this gave back. */
  | { readonly kind: 'shed'; readonly needs?: number }
  /** Not tried again before `until`. */
  | { readonly kind: 'failed'; readonly until: number; readonly diagnosis: OnePilotError };

/** What the gateway remembers of a model. */
export interface Kept {
  readonly residence: Residence;
  /** Loads that failed, one after the other. */
  readonly failedLoads: number;
  /** Loads asked for since it was last up for long. */
  readonly attempts: number;
  /** The engine's count of processes killed for memory when it was last loading or loaded. */
  readonly oomKills?: number;
  /** Bytes that only ending a process of the engine gives back, when it was last loaded. */
  readonly anonymous?: number;
}

export const newcomer: Kept = { residence: { kind: 'unknown' }, failedLoads: 0, attempts: 0 };

/** The router's word for one model. */
export interface Seen {
  readonly status: 'loaded' | 'loading' | 'unloaded' | 'failed';
}

/** What is the same for all models at one moment. */
export interface Moment {
  readonly now: number;
  /** Whether memory is short (src/engine/pressure.ts). */
  readonly pressed: boolean;
  readonly oomKills?: number;
  readonly anonymous?: number;
  readonly available?: number;
}

/** A model as the configuration has it. */
export interface Resident {
  readonly id: string;
  /** Whether the server counts as down without it. */
  readonly main: boolean;
  readonly architecture?: string;
}

/** In a row; then somebody must look. */
const mostFailedLoads = 3;
/** Milliseconds until it is tried again unasked: memory may have become free, or the file have been replaced. */
const failedFor = 3_600_000;
/** Milliseconds after which a model that was up is no longer thought to die at once. */
const settledAfter = 60_000;
/** Milliseconds in which an unloaded process must have ended; the router kills it after ten seconds. */
const leavesWithin = 15_000;

/** Seconds before load number `attempt` (from 0) in a row: 1, 2, 4 … 60. */
export function backoff(attempt: number): number {
  return Math.min(60, 2 ** attempt);
}

/** What becomes of a model that the router says this of. Pure. */
export function observed(kept: Kept, { status }: Seen, moment: Moment, model: Resident): Kept {
  const { residence } = kept;
  switch (status) {
    case 'loaded':
    case 'loading': {
      if (residence.kind === 'leaving' && moment.now - residence.since < leavesWithin) return kept;
      if (status === 'loading') return up(kept, { kind: 'loading' }, moment);
      return up(kept, settled(residence, moment), moment);
    }
    case 'unloaded':
    case 'failed':
      return gone(kept, status, moment, model);
  }
}

function settled(residence: Residence, { now }: Moment): Residence {
  return residence.kind === 'loaded' ? residence : { kind: 'loaded', since: now };
}

function up(kept: Kept, residence: Residence, { now, oomKills, anonymous }: Moment): Kept {
  const isLoaded = residence.kind === 'loaded';
  // While it loads, the count may already hold the kill that ends this load.
  const counted = isLoaded ? oomKills : (kept.oomKills ?? oomKills);
  return {
    residence,
    failedLoads: isLoaded ? 0 : kept.failedLoads,
    attempts: isLoaded && now - residence.since >= settledAfter ? 0 : kept.attempts,
    ...(counted !== undefined && { oomKills: counted }),
    ...(isLoaded && anonymous !== undefined && { anonymous }),
  };
}

function gone(kept: Kept, status: 'unloaded' | 'failed', moment: Moment, model: Resident): Kept {
  const { residence } = kept;
  switch (residence.kind) {
    case 'leaving':
      return { ...kept, residence: shed(kept, moment) };
    case 'down':
    case 'shed':
    case 'failed':
      return kept;
    case 'loaded':
      // Loading it again would only have the kernel kill the next process.
      if (moment.pressed && !model.main) return { ...kept, residence: shed(kept, moment) };
      return waiting(kept, moment);
    case 'unknown':
      // Nobody has asked for it since the engine started, or since the gateway did.
      if (status === 'unloaded') return { ...kept, residence: { kind: 'down', retryAt: moment.now } };
      return failed(kept, moment, model);
    case 'loading':
      return failed(kept, moment, model);
  }
}

function shed({ anonymous: before }: Kept, { anonymous: after }: Moment): Residence {
  const needs = before === undefined || after === undefined ? undefined : Math.max(0, before - after);
  return { kind: 'shed', ...(needs !== undefined && { needs }) };
}

function waiting(kept: Kept, { now }: Moment): Kept {
  return { ...kept, residence: { kind: 'down', retryAt: now + backoff(kept.attempts) * 1000 } };
}

function failed(kept: Kept, moment: Moment, { id, architecture }: Resident): Kept {
  const before = kept.oomKills ?? moment.oomKills ?? 0;
  const next = { ...kept, failedLoads: kept.failedLoads + 1, oomKills: before };
  if (next.failedLoads < mostFailedLoads) return waiting(next, moment);
  const oomKills = (moment.oomKills ?? before) - before;
  const diagnosis = diagnose({ model: id, oomKills, ...(architecture !== undefined && { architecture }) });
  return { ...next, residence: { kind: 'failed', until: moment.now + failedFor, diagnosis } };
}

/**
 * Whether it is time to load the model. A shed one comes back when somebody asks for it and memory allows it; the
 * main one unasked, since a server that says it is down gets no request. Pure.
 */
export function isDue({ residence }: Kept, moment: Moment, { main }: Resident, asked: boolean): boolean {
  switch (residence.kind) {
    case 'down':
      return moment.now >= residence.retryAt;
    case 'failed':
      return moment.now >= residence.until;
    case 'shed':
      return (asked || main) && hasRoom(residence.needs, moment);
    default:
      return false;
  }
}

function hasRoom(needs: number | undefined, { pressed, available }: Moment): boolean {
  return !pressed && (needs === undefined || available === undefined || available >= needs);
}

/** The engine has been asked to load it. Pure. */
export function asked(kept: Kept, { oomKills }: Moment): Kept {
  const isAfresh = kept.residence.kind === 'failed';
  const failedLoads = isAfresh ? 0 : kept.failedLoads;
  // Of several failed loads the first one's: what was killed then is a reason too.
  const counted = failedLoads > 0 ? (kept.oomKills ?? oomKills) : oomKills;
  return {
    residence: { kind: 'loading' },
    failedLoads,
    attempts: isAfresh ? 1 : kept.attempts + 1,
    ...(counted !== undefined && { oomKills: counted }),
  };
}

/** The engine did not take the order: what it says next is about the time before. Pure. */
export function notTaken(kept: Kept, moment: Moment): Kept {
  return waiting(kept, moment);
}

/** The engine has been asked to unload it. Pure. */
export function leaving(kept: Kept, { now }: Moment): Kept {
  return { ...kept, residence: { kind: 'leaving', since: now } };
}

/** What a changed configuration may have put right is tried again at once. Pure. */
export function reconsidered(kept: Kept, now: number): Kept {
  if (kept.residence.kind !== 'failed' && kept.residence.kind !== 'down') return kept;
  return { ...newcomer, residence: { kind: 'down', retryAt: now } };
}
