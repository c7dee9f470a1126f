import { randomUUID } from 'node:crypto';
import { access } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../errors/catalogue.ts';
import type { Paths } from '../machine/paths.ts';
import { readText, writeWhole } from './files.ts';

/** Milliseconds between attempts to get one's turn. */
const tryEvery = 100;

/**
 * Lets one run of the agent at a time change the machine. The lock is an abstract unix socket (unix(7)): the
 * kernel gives its name to one process and takes it back when that ends, however it ends.
 * @param name Names the lock; the same machine's runs use the same one.
 * @param patience Milliseconds to wait for another run.
 * @throws AGENT_BUSY
 */
export async function inTurn<Result>(
  name: string,
  patience: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const end = performance.now() + patience;
  while (true) {
    const release = await claim(`\0onepilot-agent:${name}`);
    if (release) {
      try {
        return await work();
      } finally {
        await release();
      }
    }
    if (performance.now() >= end) throw failure('AGENT_BUSY', { seconds: Math.round(patience / 1000) });
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

/**
 * Notes that this run is now the latest that configured the machine.
 * @returns whether the run has been overtaken since: by another one, or by a change that the next will look at
 */
export async function becomeLatest(
  paths: Pick<Paths, 'latestRun' | 'lookAgain'>,
): Promise<() => Promise<boolean>> {
  const own = randomUUID();
  await writeWhole({ path: paths.latestRun, content: own, mode: 0o600, uid: 0, gid: 0, readBy: [] });
  return async () => {
    const changed = await access(paths.lookAgain).then(
      () => true,
      () => false,
    );
    return changed || (await readText(paths.latestRun)) !== own;
  };
}
