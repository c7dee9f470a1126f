import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

/** One try; a guest that does not listen yet lets the connection hang or drops it. Milliseconds. */
const tryMs = 2000;

/**
 * Status of `GET path` from HTTPS on `port` of 127.0.0.1; undefined when nobody answers. Checks no certificate:
 * for asking whether somebody is there, before it is known whom to trust.
 */
export function httpsStatus(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const asked = request(
      { host: '127.0.0.1', port, path, rejectUnauthorized: false, timeout: tryMs, agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(undefined));
    asked.end();
  });
}

/** Milliseconds from now until HTTPS on `port` of 127.0.0.1 answers anything at all. */
export async function httpsAnswer(port: number, signal: AbortSignal): Promise<number> {
  const start = Date.now();
  while ((await httpsStatus(port, '/health')) === undefined) await sleep(250, undefined, { signal });
  return Date.now() - start;
}
