import { describe, expect, it } from 'vitest';
import { errorBody } from '../../../../src/gateway/dialects/anthropic/errors.ts';
import { fault } from '../../../../src/gateway/fault.ts';
import { chatBody, headersOf, RelayWorld, textOf } from '../relay-world.ts';
import { eventsIn } from './anthropic-support.ts';

describe('Anthropic’s error', () => {
  it.each([
    [fault('invalid_json', {}), 'invalid_request_error'],
    [fault('missing_api_key', {}), 'authentication_error'],
    [fault('unknown_path', { hint: '', paths: '/' }), 'not_found_error'],
    [fault('body_too_large', { kibibytes: 1 }), 'request_too_large'],
    [fault('too_many_key_checks', {}), 'rate_limit_error'],
    [fault('engine_loading', { seconds: 5 }), 'overloaded_error'],
    [fault('engine_failed', {}), 'api_error'],
    [fault('method_not_allowed', { method: 'GET', allowed: 'POST' }), 'invalid_request_error'],
  ])('%s is of type %s', (problem, type) => {
    expect(errorBody(problem, 'id-1')).toMatchObject({
      type: 'error',
      error: { type, message: expect.stringContaining(problem.error.fix) },
      request_id: 'id-1',
    });
  });

  it('of a prompt that is too long is what makes Claude Code compact it', () => {
    const extra = { n_prompt_tokens: 5000, n_ctx: 4096 };
    const problem = fault('context_length_exceeded', { tokens: 5000, contextSize: 4096 }, { extra });
    expect(errorBody(problem, 'id').error).toMatchObject({
      type: 'invalid_request_error',
      message: 'prompt is too long: 5000 tokens > 4096 maximum',
      details: { error_code: 'context_length_exceeded' },
    });
  });
});

describe('below /v1/messages', () => {
  const world = new RelayWorld();

  const ask = async (method: string, path: string, headers: object = {}) => {
    const outgoing = world.post(path, {}, { method, ...headers });
    const response = await headersOf(outgoing);
    return { response, body: JSON.parse(await textOf(response)) };
  };

  it.each([
    ['POST', '/v1/messages/batches', 404, 'not_found_error'],
    ['POST', '/v1/messages/count_tokens/more?beta=true', 404, 'not_found_error'],
    ['PUT', '/v1/messages', 405, 'invalid_request_error'],
    ['POST', '/v1/messages?beta=true', 400, 'invalid_request_error'],
    ['POST', '/messages/count_tokens', 400, 'invalid_request_error'],
  ])('%s %s is %i in Anthropic’s words', async (method, path, status, type) => {
    const { response, body } = await ask(method, path);
    expect(response.statusCode).toBe(status);
    expect(body).toMatchObject({
      type: 'error',
      error: { type },
      request_id: response.headers['request-id'],
    });
  });

  it('a silent engine is made up for by pings, a lost one told in an event', async () => {
    world.fake.handler = (_request, response) => {
      response.write(': waiting\n\n');
      setTimeout(() => response.destroy(), 250);
    };
    const { text } = await world.answer('/v1/messages', { ...chatBody, stream: true });
    const types = eventsIn(text).map(({ type }) => type);
    expect(types[0]).toBe('message_start');
    expect(types.slice(1, -1).length).toBeGreaterThanOrEqual(2);
    expect(new Set(types.slice(1, -1))).toEqual(new Set(['ping']));
    expect(eventsIn(text).at(-1)).toMatchObject({ type: 'error', error: { type: 'api_error' } });
  });

  it('tokens are not counted while the model is away', async () => {
    world.fake.status.value = 'loading';
    world.fake.handler = (_request, response) => {
      response.statusCode = 400;
      response.end('{"error":{"code":400,"message":"model is not loaded","type":"invalid_request_error"}}');
    };
    const { status, headers, text } = await world.answer('/v1/messages/count_tokens', chatBody);
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('5');
    expect(JSON.parse(text).error).toMatchObject({ type: 'overloaded_error' });
  });

  it('a missing key is an authentication_error', async () => {
    for (const path of ['/v1/messages', '/v1/messages/nothing']) {
      const { response, body } = await ask('POST', path, { headers: {} });
      expect(response.statusCode).toBe(401);
      expect(body.error.type).toBe('authentication_error');
    }
  });

  it('other paths speak OpenAI’s way', async () => {
    const { body } = await ask('POST', '/v1/messagesandmore');
    expect(body.error).toMatchObject({ code: 'unknown_path' });
  });
});
