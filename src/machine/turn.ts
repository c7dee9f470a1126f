import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OnePilotError } from '../errors/catalogue.ts';

/** Milliseconds between attempts to get one's turn. */
const tryEvery = 100;

/**
 * Does `work` while no other process on this machine does the same under `name`. The lock is an abstract unix
 * socket (unix(7)): the kernel gives its name to one process and takes it back when that ends, however it ends.
 * @param patience Milliseconds to wait for another process.
 * @param busy The error after that.
 */
export async function inTurn<Result>(
  name: string,
  patience: number,
  busy: (seconds: number) => OnePilotError,
  work: () => Promise<Result>,
): Promise<Result> {
  const end = performance.now() + patience;
  while (true) {
    const release = await claim(`\0onepilot:${name}`);
    if (release) {
      try {
        return await work();
      } finally {
        await release();
      }
    }
    if (performance.now() >= end) throw busy(Math.round(patience / 1000));
    await sleep(tryEvery);
  }
}

/** @returns what gives the name back; undefined when another process has it */
async function claim(name: string): Promise<(() => Promise<void>) | undefined> {
  const server = createServer((socket) => socket.destroy());
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  server.once('listening', () => resolve(true));
  server.once('error', (error: NodeJS.ErrnoException) =>
    error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
  );
  server.listen(name);
  if (!(await promise)) return undefined;
  return () => new Promise((closed) => server.close(() => closed()));
}
