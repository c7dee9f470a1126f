import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Served } from '../../src/gateway/accounts/served.ts';
import { generateKey, recordGenerated } from '../../src/keys/record.ts';
import { configurationWith, portOf, testApp, until } from '../unit/gateway/support.ts';
import { type Engine, startEngine } from './support/llama-server.ts';

const model = 'onepilot-smoke';
const [greedy, modest] = [generateKey(), generateKey()];
const flood = 200;
const accounts: Served[] = [];

let engine: Engine;
let app: FastifyInstance;

beforeAll(async () => {
  engine = await startEngine({ models: { [model]: {} }, defaults: { parallel: 1, 'ctx-size': 4096 } });
  const models = [{ id: model, roles: ['chat' as const], contextSize: 4096, slots: 1 }];
  const keys = [recordGenerated('greedy', greedy), recordGenerated('modest', modest)];
  const accountants = [(served: Served) => void accounts.push(served)];
  app = testApp({ configuration: configurationWith({ models, keys }), accountants }, engine.socketPath);
  await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  await app?.close();
  await engine?.stop();
});
beforeEach(() => void accounts.splice(0));

async function ask(key: string, stream: boolean): Promise<number> {
  const messages = [{ role: 'user', content: 'Hello' }];
  const response = await fetch(`http://127.0.0.1:${portOf(app.server)}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ messages, stream }),
  });
  await response.text();
  return response.status;
}

const endOf = ({ at, ms }: Served) => at + ms.total;
const beginOf = ({ at, ms }: Served) => at + (ms.queued ?? ms.total);

it.each([true, false])(
  'while one key floods with 200 requests, another waits for at most two services (stream %s)',
  async (stream) => {
    const many = Array.from({ length: flood }, () => ask(greedy, stream));
    await until(() => accounts.some(({ outcome }) => outcome === 'done'), 30);
    expect(await ask(modest, stream)).toBe(200);
    const one = accounts.find(({ key }) => key === 'modest');
    const statuses = await Promise.all(many);
    if (!one) throw new Error('The one request has no account.');
    const served = accounts.filter(({ key, outcome }) => key === 'greedy' && outcome === 'done');
    // It came in the middle of the flood.
    expect(served.filter((other) => beginOf(other) > beginOf(one)).length).toBeGreaterThan(10);
    const before = served.filter((other) => endOf(other) > one.at && beginOf(other) < beginOf(one));
    expect(before.length).toBeLessThanOrEqual(2);
    // What the queue has no room for is told so, and nobody else.
    expect(statuses.filter((status) => status === 200)).toHaveLength(served.length);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(accounts).toHaveLength(flood + 1);
  },
);
