import { setTimeout as pause } from 'node:timers/promises';
import type { Transport } from './transport.ts';

/** Milliseconds between the first two looks, and the most between later ones. */
const [shortest, longest] = [200, 5000];

/**
 * Reads until `isDone`, ever more seldom, and not more often than the server wants.
 * @param transport What `read` asks through.
 * @param seconds For which it goes on, at most: it ends earlier when the server wants to be asked after that.
 * @returns what was read last, done or not
 */
export async function readUntil<Value>(
  read: () => Promise<Value>,
  isDone: (value: Value) => boolean,
  transport: Pick<Transport, 'waitAsked'>,
  seconds: number,
  signal: AbortSignal,
): Promise<Value> {
  const deadline = performance.now() + seconds * 1000;
  let wait = shortest;
  for (;;) {
    const value = await read();
    const asked = Math.max(wait, transport.waitAsked);
    if (isDone(value) || performance.now() + asked > deadline) return value;
    await pause(asked, undefined, { signal });
    wait = Math.min(wait * 1.5, longest);
  }
}
