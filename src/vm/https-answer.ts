import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

/** One try; a guest that does not listen yet lets the connection hang or drops it. Milliseconds. */
const tryMs = 2000;

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    // Only whether HTTPS answers: whom to trust is known later.
    const asked = request(
      { host: '127.0.0.1', port, path: '/health', rejectUnauthorized: false, timeout: tryMs, agent: false },
      (response) => {
        response.resume();
        resolve(true);
      },
    );
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
    asked.end();
  });
}

/** Milliseconds from now until HTTPS on `port` of 127.0.0.1 answers anything at all. */
export async function httpsAnswer(port: number, signal: AbortSignal): Promise<number> {
  const start = Date.now();
  while (!(await answers(port))) await sleep(250, undefined, { signal });
  return Date.now() - start;
}
