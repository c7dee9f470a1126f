import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectEngine } from '../../../src/engine/client.ts';
import type { MemoryReading } from '../../../src/engine/pressure.ts';
import type { Absence } from '../../../src/gateway/absences.ts';
import { correctionOf } from '../../../src/gateway/appliance-status.ts';
import { ModelKeeper } from '../../../src/gateway/keeping/keeper.ts';
import { remembered } from '../../../src/gateway/remembered.ts';
import { EngineTraffic } from '../../../src/gateway/traffic.ts';
import type { Status } from '../../../src/report/status.ts';
import { type FakeEngine, startFakeEngine } from './fake-engine.ts';
import { configurationWith, testApp } from './support.ts';

let directory: string;
let fake: FakeEngine;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'status-'));
  fake = await startFakeEngine();
});
afterAll(async () => {
  await fake.close();
  await rm(directory, { recursive: true });
});
afterEach(() => {
  fake.status = { value: 'loaded' };
});

const ready: Status = {
  version: '1.2.3',
  state: 'ready',
  since: '2026-11-21T07:00:00.000Z',
  endpoint: 'https://192.0.2.1/v1',
  models: ['chat-model'],
  contextSource: 'the context disk',
  errors: [],
  warnings: [],
};
const problem = { code: 'CONTEXT_BAD_NUMBER', variable: 'X', what: 'It is no number.', fix: 'Use one.' };

async function statusOf(reported: object | undefined, problems: (typeof problem)[] = [], held = false) {
  const path = join(directory, `${Math.random()}.json`);
  if (reported) await writeFile(path, JSON.stringify(reported));
  const traffic = new EngineTraffic();
  if (held) await traffic.hold(60);
  const configuration = configurationWith({ status: path, problems });
  const app = testApp({ configuration, traffic }, fake.socket);
  return app.inject({ url: '/status' });
}

describe('GET /status', () => {
  it('is what the agent said, as long as that is true', async () => {
    const response = await statusOf(ready);
    expect(response.statusCode).toBe(200);
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.json()).toEqual(ready);
  });

  it.each([undefined, { version: 'of a file that makes no sense' }])(
    'says that the machine is booting when the agent’s word is %j',
    async (reported) => {
      const response = await statusOf(reported);
      expect(response.statusCode).toBe(200);
      expect(response.json()).toMatchObject({ state: 'booting', models: ['chat-model', 'fim-model'] });
    },
  );

  it('does not say ready when the engine has lost its model', async () => {
    fake.status = { value: 'unloaded', failed: true };
    const response = await statusOf(ready);
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({
      version: '1.2.3',
      state: 'degraded',
      reason: 'The model could not be loaded.',
    });
    expect(Date.parse(response.json().since)).toBeGreaterThan(Date.parse(ready.since));
  });

  it('says which model was given up, and why, while the main one serves', async () => {
    const traffic = new EngineTraffic();
    const configuration = configurationWith();
    const engine = connectEngine(fake.socket);
    let memory: MemoryReading = { oomKills: 0 };
    const models = () => configuration.models;
    const keeper = new ModelKeeper({ engine, traffic, models, memory: async () => memory });
    const app = testApp({ configuration, traffic, keeper }, fake.socket);
    await keeper.look();
    memory = { oomKills: 1 };
    await keeper.look();
    expect(fake.requests.at(-1)).toEqual({ path: '/models/unload', body: '{"model":"fim-model"}' });
    const { unavailable, errors } = (await app.inject({ url: '/status' })).json();
    expect(unavailable).toMatchObject([
      { model: 'fim-model', roles: ['complete'], state: 'shed', code: 'memory_short' },
    ]);
    expect(errors).toEqual([]);
  });

  it('says that the engine is being restarted while requests are held, without the progress of before', async () => {
    const response = await statusOf({ ...ready, state: 'loading', progress: 40 }, [], true);
    expect(response.json()).toMatchObject({ state: 'degraded', reason: 'The engine is being restarted.' });
    expect(response.json()).not.toHaveProperty('progress');
  });

  it('is 503 with the problems while the context is refused', async () => {
    const response = await statusOf(ready, [problem]);
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('59');
    expect(response.json()).toMatchObject({ state: 'failed', errors: [problem] });
  });
});

describe('the agent’s word', () => {
  const lost: Absence = {
    ...{ model: 'm', roles: ['complete'], state: 'failed' },
    ...{ code: 'MODEL_TOO_BIG', what: 'It is too big.', fix: 'Take another.' },
  };
  const fine = { refused: false, held: false, keysKnown: true, engine: 'loaded' } as const;

  it.each([
    ['ready', fine, undefined],
    ['ready', { ...fine, engine: 'loading' }, 'loading'],
    ['ready', { ...fine, engine: 'unreachable' }, 'degraded'],
    ['ready', { ...fine, keysKnown: false }, 'degraded'],
    ['loading', { ...fine, engine: 'unreachable' }, undefined],
    ['configuring', { ...fine, engine: 'unloaded' }, undefined],
    ['degraded', { ...fine, engine: 'unreachable' }, undefined],
    ['failed', { ...fine, held: true }, undefined],
    ['ready', { ...fine, engine: 'failed', mainAbsence: lost }, 'failed'],
    ['loading', { ...fine, engine: 'failed', mainAbsence: lost }, 'failed'],
    ['booting', { ...fine, engine: 'failed', mainAbsence: lost }, undefined],
    ['ready', { ...fine, engine: 'unloaded', mainAbsence: { ...lost, state: 'shed' } }, 'degraded'],
    ['ready', { ...fine, otherAbsence: lost }, 'degraded'],
    ['ready', { ...fine, engine: 'loading', otherAbsence: lost }, 'loading'],
    ['configuring', { ...fine, refused: true }, undefined],
    ['degraded', { ...fine, refused: true }, 'failed'],
  ] as const)('%s with %j becomes %s', (state, seen, expected) => {
    expect(correctionOf(state, seen)?.state).toBe(expected);
  });
});

it('the engine that was restarted is not taken for the one before', async () => {
  const traffic = new EngineTraffic();
  const app = testApp({ traffic }, fake.socket);
  expect((await app.inject({ url: '/health' })).statusCode).toBe(200);
  await traffic.hold(60);
  fake.status = { value: 'loading' };
  traffic.resume();
  expect((await app.inject({ url: '/health' })).json()).toEqual({ status: 'loading' });
});

it('what is remembered is asked for once a second, and at once when something else is asked', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const asked: string[] = [];
  const ask = remembered(async (key) => asked.push(key));
  await Promise.all([ask('a'), ask('a')]);
  vi.advanceTimersByTime(1000);
  expect(await ask('a')).toBe(1);
  vi.advanceTimersByTime(1);
  expect(await ask('a')).toBe(2);
  expect(await ask('b')).toBe(3);
  vi.useRealTimers();
});
