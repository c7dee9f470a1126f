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
 * What is to be begun next, undefined where nothing can be: a completion, since somebody is typing, but no key's passes
 * the same other request twice; else the request of the key with the least share so far, of one key the one that came
 * first. Pure.
 */
export function nextOf<Item extends Waiting>(
  queue: readonly Item[],
  load: Load,
  shares: Pick<FairShares, 'startOf'>,
  now: number,
): Item | undefined {
  const able = queue.filter((waiting) => mayBegin(waiting, load, now));
  const completion = firstBy(
    able.filter(({ wish }) => isCompletion(wish)),
    shares,
  );
  const other = firstBy(
    able.filter(({ wish }) => !isCompletion(wish)),
    shares,
  );
  if (!completion || !other) return completion ?? other;
  if (!other.passedBy.has(completion.wish.key)) return completion;
  return comesBefore(other, completion, shares) ? other : completion;
}

function firstBy<Item extends Waiting>(
  queue: readonly Item[],
  shares: Pick<FairShares, 'startOf'>,
): Item | undefined {
  let best: Item | undefined;
  for (const waiting of queue) if (!best || comesBefore(waiting, best, shares)) best = waiting;
  return best;
}

function comesBefore(
  { wish, since }: Waiting,
  { wish: other, since: otherSince }: Waiting,
  shares: Pick<FairShares, 'startOf'>,
): boolean {
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
