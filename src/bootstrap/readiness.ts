import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../errors/catalogue.ts';
import { type Unit, units } from '../machine/paths.ts';
import type { System } from '../machine/system.ts';

/** What the gateway said on `GET /health`. */
export interface Health {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** The model's state where the gateway named one, else a few words on what happened. */
  readonly state: string;
}

/** Restarts by systemd itself after which a unit is taken for broken: once may be an accident. */
const tolerableRestarts = 3;

/**
 * Asks the gateway on this machine for its health. Never throws.
 * @param trusted Certificates, in PEM, that alone are trusted: the own CA's, and what is served beside it.
 */
export function askHealth(trusted: string, port = 443): Promise<Health> {
  return new Promise((resolve) => {
    const call = request(
      {
        host: '127.0.0.1',
        // Without a name, the gateway may show a certificate for some other address.
        servername: 'localhost',
        port,
        path: '/health',
        ca: trusted,
        // A certificate that names this machine itself and was provided is known by itself, whoever signed it.
        allowPartialTrustChain: true,
        timeout: 5000,
        agent: false,
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body = (body + chunk).slice(0, 10_000);
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, state: stateIn(body) }));
        response.on('error', (error) => resolve({ status: 0, state: error.message }));
      },
    );
    call.on('timeout', () => call.destroy(new Error('no answer within 5 s')));
    call.on('error', (error) => resolve({ status: 0, state: error.message }));
    call.end();
  });
}

function stateIn(body: string): string {
  return /"status"\s*:\s*"([a-z ]{1,40})"/.exec(body)?.[1] ?? 'unknown';
}

export interface Waiting {
  /** Milliseconds from now. */
  readonly deadline: number;
  /** Whether somebody else goes on waiting. */
  readonly isOvertaken: () => Promise<boolean>;
  /** Why the model that is waited for is given up; undefined as long as it is tried again. */
  readonly whyGivenUp: () => Promise<string | undefined>;
  /** Called after each answer that is not yet the wanted one. */
  readonly onWait: () => Promise<void>;
  /** Milliseconds between questions. */
  readonly interval?: number;
}

/**
 * Waits until the gateway says that it can serve; false when overtaken before.
 * @throws BOOTSTRAP_UNIT_FAILED, BOOTSTRAP_MODEL_FAILED, BOOTSTRAP_TIMEOUT
 */
export async function waitUntilReady(
  ask: () => Promise<Health>,
  system: Pick<System, 'unitStatuses'>,
  { deadline, isOvertaken, whyGivenUp, onWait, interval = 1000 }: Waiting,
): Promise<boolean> {
  const end = performance.now() + deadline;
  const atFirst = new Map<Unit, number>();
  while (true) {
    const health = await ask();
    if (health.status === 200) return true;
    if (await isOvertaken()) return false;
    // The gateway tries again some times before it gives a model up.
    const reason = health.state === 'failed' ? await whyGivenUp() : undefined;
    if (reason !== undefined) throw failure('BOOTSTRAP_MODEL_FAILED', { reason });
    for (const [unit, { state, restarts }] of await system.unitStatuses([units.engine, units.gateway])) {
      const before = atFirst.get(unit) ?? restarts;
      atFirst.set(unit, before);
      if (state === 'failed' || restarts - before >= tolerableRestarts) {
        throw failure('BOOTSTRAP_UNIT_FAILED', { unit, state, restarts });
      }
    }
    if (performance.now() >= end) {
      const answer = health.status === 0 ? health.state : `${health.status}, ${health.state}`;
      throw failure('BOOTSTRAP_TIMEOUT', { seconds: Math.round(deadline / 1000), answer });
    }
    await onWait();
    await sleep(interval);
  }
}
