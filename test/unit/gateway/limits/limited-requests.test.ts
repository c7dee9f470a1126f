import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../../src/gateway/accounts/served.ts';
import { KeyLimiter } from '../../../../src/gateway/limits/key-limiter.ts';
import type { KeyLimits } from '../../../../src/keys/policy.ts';
import { recordGenerated } from '../../../../src/keys/record.ts';
import { chatBody, chunkOf, headersOf, RelayWorld, sse, textOf } from '../relay-world.ts';
import { configurationWith, portOf, until } from '../support.ts';

const limited = (name: string, limits: KeyLimits) => ({ ...recordGenerated(name, `sk-${name}`), limits });
const keys = [
  limited('hasty', { requestsPerMinute: 2 }),
  limited('alone', { concurrent: 1 }),
  limited('thrifty', { tokensPerDay: 100 }),
  limited('curious', { requestsPerMinute: 2 }),
  limited('single', { concurrent: 1 }),
  { ...recordGenerated('admin', 'sk-admin'), scopes: ['admin' as const] },
  { ...recordGenerated('coder', 'sk-coder'), scopes: ['complete' as const] },
];

const limiter = new KeyLimiter();
const outcomes: Outcome[] = [];
const world = new RelayWorld({
  configuration: configurationWith({ keys }),
  limiter,
  accountants: [limiter.account, ({ outcome }) => outcomes.push(outcome)],
});

const answer = sse(
  { choices: [{ index: 0, delta: { content: 'good' }, finish_reason: null }] },
  { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
  { choices: [], usage: { prompt_tokens: 90, completion_tokens: 10, total_tokens: 100 } },
);

function outgoing(name: string, path = '/v1/chat/completions', body: object = chatBody) {
  const headers = { 'x-api-key': `sk-${name}`, 'content-type': 'application/json' };
  return world.post(path, body, { headers });
}

async function ask(...request: Parameters<typeof outgoing>) {
  const response = await headersOf(outgoing(...request));
  const text = await textOf(response);
  return { status: response.statusCode, headers: response.headers, body: JSON.parse(text) };
}

describe('a key that has reached', () => {
  it('its requests per minute gets 429 in the form of its client, and each answer tells what is left', async () => {
    world.fake.handler = (_request, response) => response.end(answer);
    const first = await ask('hasty');
    expect(first).toMatchObject({
      status: 200,
      headers: { 'x-ratelimit-limit-requests': '2', 'x-ratelimit-remaining-requests': '1' },
    });
    await ask('hasty');
    const { status, headers, body } = await ask('hasty');
    expect(status).toBe(429);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(headers['retry-after'])).toBeLessThan(60);
    expect(headers['x-ratelimit-remaining-requests']).toBe('0');
    expect(body.error).toMatchObject({ code: 'rate_limit_exceeded', type: 'rate_limit_error' });
    expect(body.error.message).toContain(`try again in ${headers['retry-after']}s`);

    const messages = { ...chatBody, max_tokens: 5 };
    const anthropic = await ask('hasty', '/v1/messages', messages);
    expect(anthropic).toMatchObject({
      status: 429,
      body: { type: 'error', error: { type: 'rate_limit_error' } },
    });
    expect(world.fake.requests).toHaveLength(2);
  });

  it('its requests at a time gets 429 until one has ended, also by its client leaving', async () => {
    let begun = 0;
    world.fake.handler = (_request, response) => {
      begun += 1;
      response.write(chunkOf('a'));
    };
    for (let round = 1; round <= 2; round += 1) {
      const held = outgoing('alone').on('error', () => {});
      await until(() => begun === round);
      expect((await ask('alone')).body.error.code).toBe('concurrency_limit_exceeded');
      held.destroy();
      await until(() => outcomes.filter((outcome) => outcome === 'left').length === round);
    }
    world.fake.handler = (_request, response) => response.end(answer);
    expect((await ask('alone')).status).toBe(200);
    expect((await ask('alone')).status).toBe(200);
  });

  it('its tokens of a day gets 429 and is told when there are more', async () => {
    world.fake.handler = (_request, response) => response.end(answer);
    const first = await ask('thrifty');
    expect(first).toMatchObject({ status: 200, headers: { 'x-ratelimit-remaining-tokens': '100' } });
    const { status, headers, body } = await ask('thrifty');
    expect(status).toBe(429);
    expect(headers).toMatchObject({ 'retry-after': '59', 'x-should-retry': 'false' });
    expect(body.error.message).toMatch(/from \d{4}-\d\d-\d\dT00:00:00\.000Z on/);
  });
});

describe('a question about a model', () => {
  const messages = [{ role: 'user', content: 'hi' }];
  const questions: readonly [string, object][] = [
    ['/tokenize', { content: 'a' }],
    ['/detokenize', { tokens: [1] }],
    ['/apply-template', { messages }],
    ['/v1/messages/count_tokens', { messages }],
  ];

  function getProps(name: string) {
    const headers = { 'x-api-key': `sk-${name}` };
    return fetch(`http://127.0.0.1:${portOf(world.app.server)}/props`, { headers });
  }

  it('is not for a key that is good for no work', async () => {
    world.fake.handler = (_request, response) => response.end('{"input_tokens":1}');
    for (const question of questions) expect((await ask('admin', ...question)).status).toBe(403);
    expect((await getProps('admin')).status).toBe(403);
    expect(world.fake.requests).toEqual([]);
    expect((await ask('coder', '/tokenize', { content: 'a' })).status).toBe(200);
    expect((await getProps('coder')).status).toBe(200);
    expect((await ask('coder', '/v1/messages/count_tokens', { messages })).status).toBe(403);
  });

  it('is one of the requests per minute of its key', async () => {
    world.fake.handler = (_request, response) => response.end('{"input_tokens":1}');
    const first = await ask('curious', '/tokenize', { content: 'a' });
    expect(first).toMatchObject({ status: 200, headers: { 'x-ratelimit-remaining-requests': '1' } });
    expect((await ask('curious', '/v1/messages/count_tokens', { messages })).status).toBe(200);
    for (const question of questions) expect((await ask('curious', ...question)).status).toBe(429);
    expect((await getProps('curious')).status).toBe(429);
    expect((await ask('curious')).body.error.code).toBe('rate_limit_exceeded');
    expect(world.fake.requests).toHaveLength(2);
  });

  it('is one of the requests at a time of its key, until it has ended', async () => {
    for (const question of questions) {
      let begun = false;
      world.fake.handler = () => {
        begun = true;
      };
      const held = outgoing('single', ...question).on('error', () => {});
      await until(() => begun);
      expect((await ask('single')).body.error.code).toBe('concurrency_limit_exceeded');
      held.destroy();
      await until(async () => (await getProps('single')).status === 200);
    }
  });
});
