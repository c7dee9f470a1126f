import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectEngine } from '../../src/engine/client.ts';
import { buildApp } from '../../src/gateway/app.ts';
import { inForce } from '../../src/gateway/in-force.ts';
import { generateKey, recordGenerated } from '../../src/keys/record.ts';
import { emptyKeyStore } from '../../src/keys/store.ts';
import { type Engine, startEngine } from './support/llama-server.ts';

let engine: Engine;
/** The random model reads some thousand tokens per second: enough of them for ten seconds and more. */
const contextSize = 131_072;
const words = 16_000;
const promptTokens = 48_000;

beforeAll(async () => {
  const defaults = { parallel: 1, 'ctx-size': contextSize };
  engine = await startEngine({ models: { 'onepilot-random': {} }, defaults });
});

afterAll(() => engine?.stop());

it.each([true, false])(
  'a client that leaves while its prompt is read frees the slot (stream %s)',
  async (stream) => {
    const key = generateKey();
    const client = connectEngine(engine.socketPath);
    const configuration = {
      tls: { own: '', authority: '' },
      engine: { socket: engine.socketPath },
      status: '/nonexistent/status.json',
      keyStore: '/nonexistent/keys.json',
      models: [{ id: 'onepilot-random', roles: ['chat' as const], contextSize }],
      keys: [recordGenerated('k', key)],
      problems: [],
    };
    const app = buildApp({
      live: { current: inForce(configuration, emptyKeyStore, '') },
      engine: client,
    });
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const before = (await engine.log()).length;
    const controller = new AbortController();
    // Different from the first word on: nothing of it is in the cache.
    const messages = [{ role: 'user', content: `${stream} ${'word '.repeat(words)}` }];
    const asked = fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ messages, stream, max_tokens: 2 }),
      signal: controller.signal,
    });
    asked.catch(() => {});
    await sleep(500);
    controller.abort();
    // Not through /slots, which would hold the cancellation up.
    await sleep(5000);
    const log = (await engine.log()).slice(before);
    const released = Number(/release: .*stop processing: n_tokens = (\d+)/.exec(log)?.[1]);
    expect(released).toBeLessThan(promptTokens);
    await app.close();
  },
);
