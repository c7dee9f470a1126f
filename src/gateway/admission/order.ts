import type { FairShares } from './fair-shares.ts';
import type { Waiting, Wish } from './wish.ts';

/** How the engine is used at a moment. */
export interface Load {
  /** Requests that the model works on. */
  running(model: string): number;
  /** Whether somebody has lately had code completed by the model. */
  completesLately(model: string): boolean;
  /** Whether any model completes code right now. */
  readonly completing: boolean;
}

/**
 * Milliseconds for which other work does not begin while code is being completed, although it could: a completion
 * takes moments, and everything that computes beside it makes it slower.
 */
export const longestDeference = 5000;

/**
 * What is to be begun next, undefined where nothing can be: completions before everything else, then the key with
 * the least share so far, of one key the request that came first. Pure.
 */
export function nextOf<Item extends Waiting>(
  queue: readonly Item[],
  load: Load,
  shares: Pick<FairShares, 'startOf'>,
  now: number,
): Item | undefined {
  let best: Item | undefined;
  for (const waiting of queue) {
    if (!mayBegin(waiting, load, now)) continue;
    if (!best || comesBefore(waiting, best, shares)) best = waiting;
  }
  return best;
}

function comesBefore(
  { wish, since }: Waiting,
  { wish: other, since: otherSince }: Waiting,
  shares: Pick<FairShares, 'startOf'>,
): boolean {
  if (isCompletion(wish) !== isCompletion(other)) return isCompletion(wish);
  const difference = shares.startOf(wish.key) - shares.startOf(other.key);
  return difference === 0 ? since < otherSince : difference < 0;
}

function mayBegin({ wish, since }: Waiting, load: Load, now: number): boolean {
  const running = load.running(wish.model);
  if (isCompletion(wish)) return running < wish.slots;
  if (running >= slotsForOthers(wish, load)) return false;
  return !load.completing || now - since >= longestDeference;
}

/** Of a model that also completes code, one slot is kept for that while somebody uses it: agents hold theirs for minutes. */
function slotsForOthers({ model, slots }: Wish, load: Load): number {
  return slots > 1 && load.completesLately(model) ? slots - 1 : slots;
}

export function isCompletion({ role }: Wish): boolean {
  return role === 'complete';
}
