import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds between the first two looks, and the most between later ones. */
const [shortest, longest] = [200, 5000];

/**
 * Reads until `isDone`, ever more seldom.
 * @param seconds For which it goes on.
 * @returns what was read last, done or not
 */
export async function readUntil<Value>(
  read: () => Promise<Value>,
  isDone: (value: Value) => boolean,
  seconds: number,
  signal: AbortSignal,
): Promise<Value> {
  const deadline = performance.now() + seconds * 1000;
  let wait = shortest;
  for (;;) {
    const value = await read();
    if (isDone(value) || performance.now() + wait > deadline) return value;
    await pause(wait, undefined, { signal });
    wait = Math.min(wait * 1.5, longest);
  }
}
