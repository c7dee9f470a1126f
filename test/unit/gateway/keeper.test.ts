import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectEngine, type Engine } from '../../../src/engine/client.ts';
import type { MemoryReading } from '../../../src/engine/pressure.ts';
import { ModelKeeper } from '../../../src/gateway/keeping/keeper.ts';
import { EngineTraffic } from '../../../src/gateway/traffic.ts';
import { type FakeEngine, startFakeEngine } from './fake-engine.ts';
import { configurationWith } from './support.ts';

let fake: FakeEngine;
let engine: Engine;
let traffic: EngineTraffic;
let keeper: ModelKeeper;
let memory: MemoryReading;
const log: string[] = [];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  fake = await startFakeEngine();
  engine = connectEngine(fake.socket);
  traffic = new EngineTraffic();
  memory = { oomKills: 0 };
  log.length = 0;
  const { models } = configurationWith();
  keeper = new ModelKeeper({
    ...{ engine, traffic, models: () => models, memory: async () => memory },
    log: (line, message) => log.push(`${message} ${JSON.stringify(line)}`),
  });
});
afterEach(async () => {
  vi.useRealTimers();
  await fake.close();
});

/** The next look after so many seconds. */
async function lookAfter(seconds: number): Promise<void> {
  vi.advanceTimersByTime(seconds * 1000);
  await keeper.look();
}

describe('a model that was given up', () => {
  beforeEach(async () => {
    await lookAfter(2);
    memory = { oomKills: 1 };
    await lookAfter(2);
    fake.status = { value: 'unloaded' };
    await lookAfter(2);
  });

  it('is refused with the reason while memory is short', () => {
    const refused = keeper.absence('fim-model');
    expect(refused).toMatchObject({ status: 503, retryAfter: 30, error: { code: 'memory_short' } });
    expect(log[0]).toContain('memory is short: unloading a model {"model":"fim-model"');
  });

  it('is loaded for the first request after that, which is told to come back', async () => {
    for (let look = 0; look < 16; look += 1) await lookAfter(2);
    fake.requests.length = 0;
    expect(keeper.absence('fim-model')).toMatchObject({ status: 503, error: { code: 'engine_loading' } });
    await keeper.look();
    expect(fake.requests.filter(({ path }) => path === '/models/load')).toContainEqual({
      path: '/models/load',
      body: '{"model":"fim-model"}',
    });
    expect(keeper.residenceOf('fim-model').kind).toBe('loading');
  });
});

it('a model with a request in flight is not given up', async () => {
  await lookAfter(2);
  memory = { oomKills: 1 };
  const unload = vi.spyOn(engine, 'unload');
  traffic.enter('fim-model');
  await lookAfter(2);
  expect(unload).not.toHaveBeenCalled();
});

it('while requests are held, nothing is asked of the engine; after that, what was known is forgotten', async () => {
  fake.status = { value: 'unloaded', failed: true };
  await lookAfter(2);
  await traffic.hold(60);
  await lookAfter(10);
  expect(fake.requests).toEqual([]);
  expect(keeper.residenceOf('chat-model').kind).toBe('down');
  traffic.resume();
  fake.status = { value: 'loading' };
  await lookAfter(2);
  expect(keeper.residenceOf('chat-model').kind).toBe('loading');
});

it('an order that the engine does not take is no failed load', async () => {
  fake.status = { value: 'unloaded' };
  fake.handler = (_request, response) => response.writeHead(500).end('{}');
  for (let look = 0; look < 10; look += 1) await lookAfter(60);
  expect(keeper.residenceOf('chat-model').kind).toBe('down');
});

it('a model that failed for good is told to the log once', async () => {
  fake.status = { value: 'unloaded', failed: true };
  for (let look = 0; look < 10; look += 1) await lookAfter(10);
  expect(keeper.absence('chat-model')).toMatchObject({
    status: 503,
    retryAfter: 59,
    error: { code: 'model_failed' },
    details: { extra: { reason: 'MODEL_LOAD_FAILED' } },
  });
  expect(
    log.filter((line) => line.includes('MODEL_LOAD_FAILED') && line.includes('chat-model')),
  ).toHaveLength(1);
});
