import { stat } from 'node:fs/promises';

/** Milliseconds after which one-context drops an event that waits for its lock (one-contextd, `acquire_lock`). */
const dropAfter = 120_000;

/** Milliseconds of these that are left to the hooks after ours. */
const leftToOthers = 15_000;

/** Milliseconds that a hook waits for the model, where one-context has just taken its lock. */
const longest = 90_000;

/** Milliseconds that it waits at least: a lock from before the clock was set looks old. */
const shortest = 10_000;

/**
 * Milliseconds for which a hook may wait, so that one-context gives its lock back before it drops the event that came
 * right after it took it.
 * @param lock the directory that is the lock; it need not be there
 * @param now milliseconds since 1970
 */
export async function hookPatience(lock: string, now: number): Promise<number> {
  const taken = await stat(lock).then(
    ({ mtimeMs }) => mtimeMs,
    () => now,
  );
  const held = Math.max(0, now - taken);
  return Math.min(longest, Math.max(shortest, dropAfter - leftToOthers - held));
}
