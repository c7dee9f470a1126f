import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectEngine, type Engine } from '../../../../src/engine/client.ts';
import { ModelKeeper } from '../../../../src/gateway/keeping/keeper.ts';
import { requireFit } from '../../../../src/gateway/serving/fit.ts';
import { EngineTraffic } from '../../../../src/gateway/traffic.ts';
import { type FakeEngine, startFakeEngine } from '../fake-engine.ts';

const model = { id: 'chat-model', roles: ['chat' as const], contextSize: 4096 };
const messages = [{ role: 'user', content: 'hi' }];
const signal = new AbortController().signal;

let fake: FakeEngine;
let engine: Engine;

beforeEach(async () => {
  fake = await startFakeEngine();
  engine = connectEngine(fake.socket);
});
afterEach(async () => {
  await fake.close();
});

/** @param size Bytes. @param tokens What the engine counts. */
function check(path: Parameters<typeof requireFit>[0]['path'], body: object, size?: number, tokens = 5000) {
  fake.handler = (_request, response) =>
    response.end(JSON.stringify({ input_tokens: tokens, tokens: Array(tokens).fill(1) }));
  const traffic = new EngineTraffic();
  const keeper = new ModelKeeper({ engine, traffic, models: () => [model] });
  const exchange = { path, body: { ...body }, stream: true, events: never, collector: never };
  return requireFit(exchange, model, size, signal, { engine, keeper, traffic });
}

function never(): never {
  throw new Error('Nobody asked for an answer.');
}

const tooLong = expect.objectContaining({
  status: 400,
  error: expect.objectContaining({ code: 'context_length_exceeded' }),
  details: expect.objectContaining({ extra: { n_prompt_tokens: 5000, n_ctx: 4096 } }),
});

describe('a prompt', () => {
  it('of fewer bytes than the context has tokens, template included, is not counted', async () => {
    expect(await check('/v1/chat/completions', { messages }, 3000)).toBeUndefined();
    expect(fake.requests).toEqual([]);
  });

  it.each([
    ['is so large that it might not fit', 3100, messages],
    ['has so many messages that their template might not fit', 1000, Array(40).fill(messages[0])],
    ['came without its length', undefined, messages],
  ])('that %s is counted, and refused with both numbers when it does not fit', async (_what, size, said) => {
    await expect(check('/v1/chat/completions', { messages: said }, size)).rejects.toEqual(tooLong);
    expect(fake.requests.map(({ path }) => path)).toEqual([
      '/v1/chat/completions/input_tokens?autoload=false',
    ]);
  });

  it('that fits after all is said to have so many tokens', async () => {
    expect(await check('/v1/chat/completions', { messages }, 5000, 4095)).toBe(4095);
  });

  it('that leaves no room for one token of an answer does not fit', async () => {
    await expect(check('/v1/chat/completions', { messages }, 5000, 4096)).rejects.toMatchObject({
      status: 400,
    });
  });

  it.each([['a text'], [['a text']]])('that is no chat is counted as it stands (%j)', async (prompt) => {
    await expect(check('/v1/completions', { prompt }, 5000)).rejects.toEqual(tooLong);
    const body = { model: 'chat-model', content: 'a text', add_special: true };
    expect(fake.requests).toEqual([{ path: '/tokenize?autoload=false', body: JSON.stringify(body) }]);
  });

  it('of tokens is counted without the engine', async () => {
    await expect(check('/completion', { prompt: Array(5000).fill(7) }, 10_000)).rejects.toEqual(tooLong);
    expect(await check('/completion', { prompt: Array(4000).fill(7) }, 10_000)).toBe(4000);
    expect(fake.requests).toEqual([]);
  });

  it('around a gap is left to the engine, which shortens it', async () => {
    const gap = { input_prefix: 'x'.repeat(9000), input_suffix: '' };
    expect(await check('/infill', gap, 9050)).toBeUndefined();
    expect(fake.requests).toEqual([]);
  });

  it('that the engine cannot count is refused as the engine says', async () => {
    const asked = check('/v1/chat/completions', { messages }, 5000);
    fake.handler = (_request, response) => response.writeHead(500).end('{"error":{"message":"jinja: no"}}');
    await expect(asked).rejects.toMatchObject({ error: { code: 'engine_rejected' } });
  });
});
