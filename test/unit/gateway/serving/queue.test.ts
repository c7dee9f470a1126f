import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { Served } from '../../../../src/gateway/accounts/served.ts';
import { chatBody, chunkOf, events, headersOf, RelayWorld, textOf } from '../relay-world.ts';
import { until } from '../support.ts';

const accounts: Served[] = [];
const world = new RelayWorld({ accountants: [(served) => void accounts.push(served)] });
const stream = { ...chatBody, stream: true };
const answer = `${chunkOf('a')}data: [DONE]\n\n`;

/** Answers of the engine that the test ends when it likes. */
function heldAnswers(): ServerResponse[] {
  const held: ServerResponse[] = [];
  world.fake.handler = (_request, response) => void held.push(response);
  accounts.length = 0;
  return held;
}

/** How many of the key's requests wait, as it is told. */
const yours = async () => {
  const headers = { authorization: 'Bearer sk-test-key' };
  return (await world.app.inject({ url: '/status', headers })).json().queue.yours.length;
};

const accountOf = async (index: number) => {
  await until(() => accounts.length > index, 10);
  return accounts[index];
};

describe('a request whose turn has not come', () => {
  it('has its status line and heartbeats all the same, and no place in the engine', async () => {
    const held = heldAnswers();
    const first = headersOf(world.post('/v1/chat/completions', stream));
    await until(() => held.length === 1);
    const second = await headersOf(world.post('/v1/chat/completions', stream));
    expect(second.statusCode).toBe(200);
    expect(held).toHaveLength(1);
    setTimeout(() => held[0]?.end(answer), 150);
    await until(() => held.length === 2);
    held[1]?.end(answer);
    const text = await textOf(second);
    expect(text).toMatch(/^: keep-alive\n\n/);
    expect(events(text).at(-1)).toBe('[DONE]');
    await textOf(await first);
  });

  it.each([stream, chatBody])('leaves the queue with its client (%o)', async (body) => {
    const held = heldAnswers();
    const first = headersOf(world.post('/v1/chat/completions', stream));
    await until(() => held.length === 1);
    const leaving = world.post('/v1/chat/completions', body).on('error', () => {});
    await until(async () => (await yours()) === 1);
    leaving.destroy();
    await until(async () => (await yours()) === 0);
    expect(await accountOf(0)).toMatchObject({ outcome: 'left', tokens: { prompt: 0, answer: 0 } });
    held[0]?.end(answer);
    await textOf(await first);
    expect(held).toHaveLength(1);
  });

  it('is told with 503 when the gateway stops, or in its stream', async () => {
    const held = heldAnswers();
    world.post('/v1/chat/completions', stream).on('error', () => {});
    await until(() => held.length === 1);
    const whole = headersOf(world.post('/v1/chat/completions', chatBody));
    const streamed = await headersOf(world.post('/v1/chat/completions', stream));
    world.stopping.abort();
    expect(events(await textOf(streamed)).at(-1).error.code).toBe('gateway_stopping');
    expect((await whole).statusCode).toBe(503);
  });

  it('gives its place to a newer completion of the same place', async () => {
    const held = heldAnswers();
    const gap = { input_prefix: 'x', input_suffix: 'y', n_predict: 1 };
    world.post('/infill', gap).on('error', () => {});
    await until(() => held.length === 1);
    const old = headersOf(world.post('/infill', gap));
    await until(async () => (await yours()) === 1);
    const newest = headersOf(world.post('/infill', gap));
    const refused = await old;
    expect(refused.statusCode).toBe(429);
    expect(refused.headers['x-should-retry']).toBe('false');
    held[0]?.end('data: {"content":"x","stop":true}\n\n');
    await until(() => held.length === 2);
    held[1]?.end('data: {"content":"y","stop":true}\n\n');
    expect((await newest).statusCode).toBe(200);
  });
});

it('plain completions at once all come, one after the other', async () => {
  const held = heldAnswers();
  const all = ['a', 'b', 'c'].map((prompt) =>
    headersOf(world.post('/v1/completions', { prompt, max_tokens: 1 })),
  );
  for (let index = 0; index < 3; index += 1) {
    await until(() => held.length === index + 1);
    held[index]?.end('data: {"choices":[{"text":"y"}]}\n\ndata: [DONE]\n\n');
  }
  expect((await Promise.all(all)).map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
});

describe('the account of a request', () => {
  it('has the engine’s tokens and times', async () => {
    heldAnswers();
    const timings = { cache_n: 3, prompt_n: 4, prompt_ms: 20, predicted_n: 2, predicted_ms: 30 };
    world.fake.handler = (_request, response) =>
      response.end(`${chunkOf('a')}data: ${JSON.stringify({ choices: [], timings })}\n\ndata: [DONE]\n\n`);
    await world.answer('/v1/chat/completions', stream);
    expect(await accountOf(0)).toMatchObject({
      key: 'team',
      model: 'chat-model',
      destination: 'local',
      dialect: 'openai-chat',
      stream: true,
      outcome: 'done',
      tokens: { prompt: 7, cached: 3, answer: 2 },
      ms: { prompt: 20, answer: 30 },
    });
  });

  it('knows the prompt of one that left while it was read', async () => {
    heldAnswers();
    const progress = { total: 900, cache: 100, processed: 200, time_ms: 5 };
    const part = { choices: [{ index: 0, delta: { role: 'assistant' } }], prompt_progress: progress };
    world.fake.handler = (_request, response) => response.write(`data: ${JSON.stringify(part)}\n\n`);
    const outgoing = world.post('/v1/chat/completions', stream).on('error', () => {});
    await headersOf(outgoing);
    await new Promise((resolve) => setTimeout(resolve, 50));
    outgoing.destroy();
    expect(await accountOf(0)).toMatchObject({
      outcome: 'left',
      tokens: { prompt: 900, cached: 100, answer: 0 },
    });
  });

  it('says with which error it ended', async () => {
    heldAnswers();
    world.fake.handler = (_request, response) => response.write(chunkOf('a'), () => response.destroy());
    await world.answer('/v1/chat/completions', stream);
    expect(await accountOf(0)).toMatchObject({ outcome: 'failed', code: 'engine_failed' });
    world.fake.handler = (_request, response) =>
      response.writeHead(400).end('{"error":{"code":400,"message":"no","type":"invalid_request_error"}}');
    await world.answer('/v1/chat/completions', chatBody);
    expect(await accountOf(1)).toMatchObject({ outcome: 'refused', code: 'engine_rejected' });
  });
});

describe('an answer that is not streamed and takes long', () => {
  it('begins with white space, and is JSON all the same', async () => {
    const held = heldAnswers();
    const response = await headersOf(world.post('/v1/chat/completions', chatBody));
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    setTimeout(() => held[0]?.end(answer), 150);
    const text = await textOf(response);
    expect(text).toMatch(/^\n\n+\{/);
    expect(JSON.parse(text).choices[0].message.content).toBe('a');
  });

  it('says in its body what went wrong after that', async () => {
    const held = heldAnswers();
    const response = await headersOf(world.post('/v1/chat/completions', chatBody));
    held[0]?.destroy();
    expect(JSON.parse(await textOf(response)).error.code).toBe('engine_failed');
  });
});

it('a client that does not read what it asked for is disconnected, and its slot is free', async () => {
  const held = heldAnswers();
  const idle = await headersOf(world.post('/v1/chat/completions', stream));
  idle.pause();
  idle.on('error', () => {});
  const flood = chunkOf('x'.repeat(1_000_000));
  const pour = setInterval(() => held[0]?.write(flood), 5);
  expect(await accountOf(0)).toMatchObject({ outcome: 'left' });
  clearInterval(pour);
  await until(() => world.fake.open() === 0);
});
