import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../../errors/catalogue.ts';

/** Milliseconds between tries, and tries. */
const pause = 50;
const tries = 200;

/**
 * Runs `work` while no other process does the same for `path`. The lock is a socket in Linux's abstract
 * namespace (unix(7)), which one process at a time can have and which is gone with it: a command that is
 * killed leaves nothing behind. @throws COMMAND_KEYS_BUSY after ten seconds
 */
export async function alone<Value>(path: string, work: () => Promise<Value>): Promise<Value> {
  for (let tried = 0; tried < tries; tried += 1) {
    const release = await tryToLock(`\0onepilot:${path}`);
    if (release) {
      try {
        return await work();
      } finally {
        release();
      }
    }
    await sleep(pause);
  }
  throw failure('COMMAND_KEYS_BUSY', { seconds: (pause * tries) / 1000 });
}

function tryToLock(name: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.on('error', (error: Error & { code?: string }) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(name, () => resolve(() => void server.close()));
  });
}
