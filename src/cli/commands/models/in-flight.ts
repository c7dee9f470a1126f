import { request } from 'node:http';
import { text as readAll } from 'node:stream/consumers';
import { z } from 'zod';

/** What the control socket answers to `GET /requests` (src/gateway/control.ts). */
const Requests = z.object({ inFlight: z.int() });

/** Milliseconds. */
const patience = 5000;

/** Requests that the gateway behind `socketPath` is busy with; undefined when it does not answer. Never throws. */
export async function requestsInFlight(socketPath: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const signal = AbortSignal.timeout(patience);
  const asking = request({ socketPath, path: '/requests', agent: false, signal }, (answer) => {
    readAll(answer).then(resolve, reject);
  });
  asking.on('error', reject).end();
  try {
    return Requests.parse(JSON.parse(await promise)).inFlight;
  } catch {
    return undefined;
  }
}
