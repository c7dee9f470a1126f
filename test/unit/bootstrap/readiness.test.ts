import { expect, test } from 'vitest';
import { type Health, waitUntilReady } from '../../../src/bootstrap/readiness.ts';
import { type Unit, units } from '../../../src/machine/paths.ts';
import type { UnitStatus } from '../../../src/machine/system.ts';

const loading: Health = { status: 503, state: 'loading' };
const up: UnitStatus = { state: 'active', restarts: 0 };
/** Waits with a systemd and a gateway that say each of these in turn, the last one for ever. */
const wait = (
  healths: readonly Health[],
  engine: readonly UnitStatus[],
  deadline = 5000,
  givenUp: (string | undefined)[] = [],
) => {
  let [asked, looked] = [0, 0];
  const unitStatuses = async (asked: readonly Unit[]) =>
    new Map(
      asked.map((unit) => [
        unit,
        unit === units.engine ? (engine[Math.min(looked++, engine.length - 1)] ?? up) : up,
      ]),
    );
  const ask = async () => healths[Math.min(asked++, healths.length - 1)] ?? loading;
  const isOvertaken = async () => false;
  return waitUntilReady(
    ask,
    { unitStatuses },
    { deadline, isOvertaken, whyGivenUp: async () => givenUp.shift(), onWait: async () => {}, interval: 1 },
  );
};

test('waits through loading and single accidents', async () => {
  const refused: Health = { status: 0, state: 'ECONNREFUSED' };
  const restarted: UnitStatus = { state: 'activating', restarts: 2 };
  await wait([refused, loading, loading, { status: 200, state: 'ok' }], [up, restarted, restarted]);
});

test('gives up early on a unit that failed or keeps restarting', async () => {
  const failed = wait([loading], [up, { state: 'failed', restarts: 0 }]);
  await expect(failed).rejects.toMatchObject({ code: 'BOOTSTRAP_UNIT_FAILED' });
  const looping = wait(
    [loading],
    [0, 1, 2, 3].map((restarts) => ({ state: 'activating', restarts })),
  );
  await expect(looping).rejects.toThrow('restarted 3 times');
});

test('restarts of earlier days do not count', async () => {
  const old: UnitStatus = { state: 'active', restarts: 9 };
  await wait([loading, loading, { status: 200, state: 'ok' }], [old]);
});

test('has a deadline', async () => {
  await expect(wait([loading], [up], 20)).rejects.toMatchObject({ code: 'BOOTSTRAP_TIMEOUT' });
});
