import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { chatBody, chunkOf, headersOf, RelayWorld, sse, textOf } from './relay-world.ts';
import { authorization, configurationWith, portOf, until } from './support.ts';

const kibibyte = 1024;
/** So large that no prompt need be counted. */
const models = [{ id: 'chat-model', roles: ['chat' as const], contextSize: 2 ** 24 }];
const configuration = configurationWith({ models, openMetadata: true });
const world = new RelayWorld({ configuration, bodiesHeld: 64 * kibibyte, bodyLimit: 48 * kibibyte });
const path = '/v1/chat/completions';
const answer = sse(
  { choices: [{ index: 0, delta: { content: 'good' }, finish_reason: null }] },
  { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
  { choices: [], usage: { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 } },
);

/** A request of about so many bytes. */
const long = (bytes: number) => ({ ...chatBody, user: 'x'.repeat(bytes) });

async function ask(body: object, to = path) {
  const { status, headers, text } = await world.answer(to, body);
  return { status, headers, body: JSON.parse(text) };
}

/** A request of which nothing but the head is sent. */
function announced(headers: Record<string, string | number>, to = path) {
  const port = portOf(world.app.server);
  const outgoing = request({ host: '127.0.0.1', port, method: 'POST', path: to, headers });
  outgoing.on('error', () => {}).flushHeaders();
  return outgoing;
}

describe('the bodies of requests under way', () => {
  it('have a bounded size together; beyond it 429 says when to try again', async () => {
    let begun = 0;
    world.fake.handler = (_request, response) => {
      begun += 1;
      response.write(chunkOf('a'));
    };
    const held = world.post(path, { ...long(40 * kibibyte), stream: true }).on('error', () => {});
    await until(() => begun === 1);
    const { status, headers, body } = await ask(long(30 * kibibyte));
    expect({ status, retryAfter: headers['retry-after'] }).toEqual({ status: 429, retryAfter: '5' });
    expect(body.error).toMatchObject({ code: 'bodies_full', type: 'rate_limit_error' });
    expect(begun).toBe(1);
    held.destroy();
    world.fake.handler = (_request, response) => response.end(answer);
    await until(async () => (await ask(long(30 * kibibyte))).status === 200);
  });

  it('give their room back with each answer', async () => {
    world.fake.handler = (_request, response) => response.end(answer);
    for (let count = 0; count < 5; count += 1) {
      expect((await ask(long(30 * kibibyte))).status).toBe(200);
      expect((await ask({ wrong: 'x'.repeat(30 * kibibyte) })).status).toBe(400);
    }
  });

  it('are counted before they have come, by the length they announce or may have', async () => {
    for (const head of [{ 'content-length': 40 * kibibyte }, { 'transfer-encoding': 'chunked' }]) {
      const outgoing = announced({ authorization, ...head });
      await until(async () => (await ask(long(30 * kibibyte))).body.error?.code === 'bodies_full');
      outgoing.destroy();
      await until(async () => (await ask({ wrong: 'x'.repeat(30 * kibibyte) })).status === 400);
    }
  });

  it('are counted as what they become: short texts may be large objects', async () => {
    const { status, body } = await ask({ ...chatBody, z: Array(2000).fill([]) });
    expect({ status, code: body.error.code }).toEqual({ status: 429, code: 'bodies_full' });
  });

  it('of strangers take nothing from those who have a key', async () => {
    const strangers = Array.from({ length: 40 }, () =>
      announced({ 'content-length': 60 * kibibyte }, '/api/show'),
    );
    const outgoing = announced({ 'content-length': 60 * kibibyte }, '/api/show');
    await until(async () => {
      const response = await fetch(`http://127.0.0.1:${portOf(world.app.server)}/api/show`, {
        method: 'POST',
        body: JSON.stringify({ model: 'x'.repeat(60 * kibibyte) }),
      });
      return response.status === 429;
    });
    world.fake.handler = (_request, response) => response.end(answer);
    expect((await ask(long(40 * kibibyte))).status).toBe(200);
    for (const stranger of [...strangers, outgoing]) stranger.destroy();
  });
});

describe('a body', () => {
  it('that is too large is told how large it may be, of a stranger’s question 64 KiB', async () => {
    const tooLarge = await ask(long(48 * kibibyte));
    expect(tooLarge.status).toBe(413);
    expect(tooLarge.body.error.message).toContain('48 KiB');
    const port = portOf(world.app.server);
    const body = JSON.stringify({ model: 'x'.repeat(64 * kibibyte) });
    const ofStranger = await fetch(`http://127.0.0.1:${port}/api/show`, { method: 'POST', body });
    expect(ofStranger.status).toBe(413);
    expect(await ofStranger.text()).toContain('64 KiB');
  });
});

describe('with the usual limits, a body', () => {
  const usual = new RelayWorld({ configuration });

  it('may have 3 MiB of text', async () => {
    usual.fake.handler = (_request, response) => response.end(answer);
    const response = await headersOf(usual.post(path, long(3 * 2 ** 20)));
    expect({ status: response.statusCode, text: await textOf(response) }).toMatchObject({ status: 200 });
  });

  it('may have a context of tokens, and not values without end', async () => {
    const tokens = Array(100_000).fill(12_345);
    usual.fake.handler = (_request, response) => response.end('{"content":""}');
    expect((await usual.answer('/detokenize', { tokens })).status).toBe(200);
    const { status, text } = await usual.answer(path, { ...chatBody, z: Array(2 ** 18).fill(0) });
    expect({ status, code: JSON.parse(text).error.code }).toEqual({ status: 413, code: 'body_too_complex' });
  });
});
