import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../../../src/gateway/fault.ts';
import { UpstreamBreaker } from '../../../../src/gateway/upstreams/breaker.ts';
import type { UpstreamModel } from '../../../../src/gateway/upstreams/configuration.ts';
import { embedAtUpstream } from '../../../../src/gateway/upstreams/embeddings.ts';
import { upstreamDestination } from '../../../../src/gateway/upstreams/upstream.ts';
import { type UpstreamHandler, UpstreamWorld } from '../../egress/upstream-world.ts';
import { until } from '../support.ts';

const world = new UpstreamWorld();
const model: UpstreamModel = { id: 'big', upstreamId: 'big-2026', role: 'chat', contextSize: 4096 };
const messages = [{ role: 'user', content: 'canary-prompt' }];

let clock = 0;
let breaker: UpstreamBreaker;
beforeEach(() => {
  breaker = new UpstreamBreaker(() => clock);
});

const link = (upstream = 'cloud') => ({ upstream, socket: world.socket, breaker });

/** Asks, and reads the whole answer. */
async function answer(upstream = 'cloud', signal = new AbortController().signal): Promise<string> {
  const { body } = await upstreamDestination(model, link(upstream)).ask(
    '/v1/chat/completions',
    { messages, stream_options: { include_usage: false }, cache_prompt: true, temperature: 0.5 },
    signal,
  );
  let text = '';
  for await (const chunk of body) text += chunk;
  return text;
}

/** How asking fails: the fault as clients see it, without its class. */
async function refusal(upstream?: string) {
  const thrown: unknown = await answer(upstream).catch((error) => error);
  if (!(thrown instanceof Fault)) throw new Error(`no fault: ${thrown}`);
  const { status, retryAfter, error } = thrown;
  const text = `${error.message} ${error.fix}`;
  expect(text).not.toMatch(/localhost|127\.0\.0\.1|canary/);
  return { status, retryAfter, code: error.code, text };
}

const delta = (content: string) => ({ choices: [{ index: 0, delta: { content } }] });
const part = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
const role = part({ choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] });
const whole = `${role}${part(delta('Hi'))}${part({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}data: [DONE]\n\n`;

const says =
  (status: number, text: string, headers: Record<string, string> = {}): UpstreamHandler =>
  (_request, response) =>
    void response.writeHead(status, headers).end(text);
const fails = (error: object) => JSON.stringify({ error });

describe('an answer of an upstream', () => {
  it('is its stream, asked for under its own name of the model, with usage and without what is llama-server’s', async () => {
    world.handler = says(200, `: keep-alive\n\n${whole}`);
    expect(await answer()).toBe(whole);
    expect(JSON.parse(world.requests[0]?.body ?? '')).toEqual({
      model: 'big-2026',
      messages,
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0.5,
    });
    expect(breaker.state).toBe('closed');
  });

  it('may be cut anywhere on its way', async () => {
    world.handler = async (_request, response) => {
      for (const byte of Buffer.from(whole)) {
        response.write(Buffer.of(byte));
        await new Promise(setImmediate);
      }
      response.end();
    };
    expect(await answer()).toBe(whole);
  });

  it('does not wait for a connection that stays open after the end', async () => {
    world.handler = (_request, response) => void response.write(whole);
    expect(await answer()).toBe(whole);
    await until(() => world.open === 0);
  });

  it('is asked for chats alone', async () => {
    const asked = upstreamDestination(model, link()).ask('/infill', {}, new AbortController().signal);
    await expect(asked).rejects.toMatchObject({ status: 400, error: { code: 'not_supported' } });
    expect(world.requests).toEqual([]);
  });
});

describe('what an upstream does wrong becomes a fault that names neither address nor key', () => {
  const quoting: UpstreamHandler = ({ headers }, response) =>
    void response
      .writeHead(401)
      .end(fails({ message: `${headers.authorization} is no key of ${headers.host}` }));

  it.each<[string, UpstreamHandler, object]>([
    ['a wrong key', quoting, { status: 502, code: 'upstream_refused' }],
    ['a wrong address', says(404, '<html>'), { status: 502, code: 'upstream_refused' }],
    ['a redirection', says(301, '', { location: '/' }), { status: 502, code: 'upstream_refused' }],
    [
      'too many requests',
      says(429, '{}', { 'retry-after': '7' }),
      { status: 429, code: 'upstream_busy', retryAfter: 7 },
    ],
    ['too many for long', says(429, '{}', { 'retry-after': '86400' }), { status: 429, retryAfter: 59 }],
    [
      'too many until a date',
      says(429, '', { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }),
      { retryAfter: 15 },
    ],
    [
      'loading',
      says(503, '{}', { 'retry-after': '5' }),
      { status: 503, code: 'upstream_unavailable', retryAfter: 5 },
    ],
    ['an error', says(500, fails({ message: 'canary' })), { status: 502, code: 'upstream_failed' }],
    [
      'a wrong request',
      says(400, fails({ message: 'temperature is\n too hot' })),
      { status: 400, code: 'upstream_rejected', text: expect.stringContaining('temperature is too hot') },
    ],
    ['a page', says(200, '<html>canary</html>'), { status: 502, code: 'upstream_failed' }],
    ['an event that is no JSON', says(200, 'data: {canary\n\n'), { status: 502, code: 'upstream_failed' }],
    [
      'an error as an event',
      says(200, part({ error: { message: 'canary' } })),
      { status: 502, code: 'upstream_failed' },
    ],
    ['an end too soon', says(200, role), { status: 502, code: 'upstream_failed' }],
    [
      'a connection cut',
      (_request, response) => response.destroy(),
      { status: 502, code: 'upstream_failed' },
    ],
    [
      'a connection cut before any word',
      (_request, response) => void response.write(role, () => response.destroy()),
      { status: 502, code: 'upstream_failed' },
    ],
  ])('%s', async (_what, handler, expected) => {
    world.handler = handler;
    expect(await refusal()).toMatchObject(expected);
  });

  it('a prompt that is too long, in the words clients know', async () => {
    const message =
      "This model's maximum context length is 4096 tokens. However, your messages resulted in 5000 tokens.";
    world.handler = says(400, fails({ message, code: 'context_length_exceeded' }));
    expect(await refusal()).toMatchObject({
      code: 'context_length_exceeded',
      text: expect.stringContaining('maximum context length is 4096 tokens. However, your request has 5000'),
    });
    world.handler = says(400, fails({ message: 'too long', n_prompt_tokens: 7000, n_ctx: 2048 }));
    expect(await refusal()).toMatchObject({
      code: 'context_length_exceeded',
      text: expect.stringContaining('7000'),
    });
  });

  it('nobody listens, or its certificate is of somebody else, or it is silent', async () => {
    expect(await refusal('gone')).toMatchObject({
      code: 'upstream_failed',
      text: expect.stringContaining('reached'),
    });
    expect(await refusal('stranger')).toMatchObject({ text: expect.stringContaining('certificate') });
    world.timing.firstByte = 50;
    world.handler = () => {};
    expect(await refusal()).toMatchObject({ text: expect.stringContaining('silent') });
  });

  it('the way out itself is not there', async () => {
    world.egress.closeAllConnections();
    await new Promise((resolve) => world.egress.close(resolve));
    expect(await refusal()).toMatchObject({ status: 502, code: 'upstream_failed' });
    await new Promise<void>((resolve) => world.egress.listen(world.socket, resolve));
  });
});

describe('a stream that breaks off', () => {
  const broken: UpstreamHandler = (_request, response) =>
    void response.write(part(delta('Hi')), () => setTimeout(() => response.destroy(), 20));

  it('has said what it said, then fails', async () => {
    world.handler = broken;
    const { body } = await upstreamDestination(model, link()).ask(
      '/v1/chat/completions',
      { messages },
      new AbortController().signal,
    );
    const parts = body[Symbol.asyncIterator]();
    expect(String((await parts.next()).value)).toBe(part(delta('Hi')));
    await expect(parts.next()).rejects.toMatchObject({ error: { code: 'upstream_failed' } });
  });

  it('counts as a failure: after five of them the upstream is left alone, then one request tries', async () => {
    world.handler = broken;
    for (let count = 0; count < 5; count += 1) await refusal();
    expect(await refusal()).toMatchObject({ code: 'upstream_unavailable', status: 503, retryAfter: 30 });
    expect(world.requests).toHaveLength(5);

    clock += 30_000;
    world.handler = says(200, whole);
    expect(await answer()).toBe(whole);
    expect(breaker.state).toBe('closed');
  });

  it.each([400, 401, 403, 404, 413, 422, 429])('a refusal with status %i never counts', async (status) => {
    world.handler = says(status, '{}');
    for (let count = 0; count < 6; count += 1) await refusal();
    expect(breaker.state).toBe('closed');
  });
});

describe('the first word', () => {
  it('is waited for: what fails before it fails before the client has anything', async () => {
    const { promise: word, resolve: sayIt } = Promise.withResolvers<void>();
    world.handler = async (_request, response) => {
      response.write(`: keep-alive\n\n${role}`);
      await word;
      response.end(whole);
    };
    let isAnswered = false;
    const asked = upstreamDestination(model, link())
      .ask('/v1/chat/completions', { messages }, new AbortController().signal)
      .then(({ body }) => {
        isAnswered = true;
        return body;
      });
    await until(() => world.open === 1);
    await sleep(50);
    expect(isAnswered).toBe(false);
    sayIt();
    let text = '';
    for await (const chunk of await asked) text += chunk;
    expect(text).toBe(role + whole);
  });
});

describe('a client that leaves', () => {
  it.each([
    ['before the status line', ''],
    ['before the first word', role],
    ['in the midst of the answer', part(delta('Hi'))],
  ])('%s closes the connection to the upstream at once, which is not to blame', async (_when, sent) => {
    world.handler = (_request, response) => {
      if (sent !== '') response.write(sent);
    };
    for (let count = 0; count < 6; count += 1) {
      const leave = new AbortController();
      const asked = answer('cloud', leave.signal);
      asked.catch(() => {});
      await until(() => world.open === 1);
      await sleep(20);
      leave.abort();
      await expect(asked).rejects.toThrow();
      await until(() => world.open === 0);
    }
    expect(breaker.state).toBe('closed');
  });

  it('and has not read the answer lets others try after it', async () => {
    world.handler = says(500, '');
    for (let count = 0; count < 5; count += 1) await refusal();
    clock += 30_000;
    world.handler = (_request, response) => void response.write(part(delta('Hi')));
    const leave = new AbortController();
    await upstreamDestination(model, link()).ask('/v1/chat/completions', { messages }, leave.signal);
    expect(breaker.state).toBe('half-open');
    leave.abort();
    await until(() => breaker.state !== 'half-open');
  });
});

describe('embeddings', () => {
  const embedder: UpstreamModel = { ...model, id: 'our-embedder', role: 'embed' };
  const embed = () =>
    embedAtUpstream(
      { input: 'canary', encoding_format: 'float' },
      { model: embedder, requestedModel: 'theirs' },
      new AbortController().signal,
      link(),
    );

  it('are asked for under the upstream’s name of the model and answered under the client’s', async () => {
    const data = [{ object: 'embedding', index: 0, embedding: [1, 2] }];
    world.handler = says(200, JSON.stringify({ object: 'list', data, model: 'big-2026' }));
    expect(await embed()).toEqual({ object: 'list', data, model: 'theirs' });
    expect(world.requests).toMatchObject([{ path: '/v1/embeddings' }]);
    expect(JSON.parse(world.requests[0]?.body ?? '')).toMatchObject({ model: 'big-2026', input: 'canary' });
  });

  it.each([
    ['no JSON', says(200, '<html>'), 'upstream_failed'],
    ['something else', says(200, '{"data":1}'), 'upstream_failed'],
    ['an error', says(500, ''), 'upstream_failed'],
    ['a refusal', says(401, ''), 'upstream_refused'],
  ])('that are %s fail', async (_what, handler, code) => {
    world.handler = handler;
    await expect(embed()).rejects.toMatchObject({ error: { code } });
  });
});
