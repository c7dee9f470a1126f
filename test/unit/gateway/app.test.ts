import { describe, expect, it } from 'vitest';
import { authorization, configurationWith, testApp } from './support.ts';

const headers = { authorization };

function post(url: string, payload: string, app = testApp()) {
  return app.inject({ method: 'POST', url, headers, payload });
}

describe('public paths', () => {
  const app = testApp();

  it('say that the engine is unreachable', async () => {
    const response = await app.inject({ url: '/health' });
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('5');
    expect(response.json()).toEqual({ status: 'unreachable' });
  });

  it('give the certificate of the authority', async () => {
    const response = await app.inject({ url: '/ca.crt' });
    expect(response.headers['content-type']).toBe('application/x-x509-ca-cert');
    expect(response.body).toBe('PEM');
  });

  it('answer HEAD / and no other method there', async () => {
    expect((await app.inject({ method: 'HEAD', url: '/' })).statusCode).toBe(200);
    const response = await app.inject({ url: '/', headers });
    expect(response.statusCode).toBe(405);
    expect(response.headers.allow).toBe('HEAD');
  });

  it('answer a preflight with the headers it asks for', async () => {
    const response = await app.inject({
      method: 'OPTIONS',
      url: '/v1/chat/completions',
      headers: {
        origin: 'https://a.example',
        'access-control-request-headers': 'authorization,x-stainless-os',
      },
    });
    expect(response.statusCode).toBe(204);
    expect(response.headers['access-control-allow-headers']).toBe('authorization,x-stainless-os');
    expect(response.headers['access-control-allow-origin']).toBe('*');
  });
});

it('pages of any origin may read what SDKs go by', async () => {
  const page = { ...headers, origin: 'https://a.example' };
  const response = await testApp().inject({ url: '/v1/models', headers: page });
  expect(response.headers['access-control-allow-origin']).toBe('*');
  const exposed = String(response.headers['access-control-expose-headers']).split(', ');
  expect(exposed).toEqual(
    expect.arrayContaining(['x-request-id', 'request-id', 'retry-after', 'x-should-retry']),
  );
  expect(exposed).toEqual(
    expect.arrayContaining([
      'x-onepilot-served-by',
      'x-ratelimit-limit-requests',
      'x-ratelimit-remaining-tokens',
      'x-ratelimit-reset-tokens',
    ]),
  );
});

describe('models', () => {
  it('come from the configuration, in OpenAI shape', async () => {
    const response = await testApp().inject({ url: '/models', headers });
    expect(response.json()).toMatchObject({
      object: 'list',
      data: [
        { id: 'chat-model', object: 'model', owned_by: 'onepilot', meta: { n_ctx: 4096 } },
        { id: 'fim-model', context_length: 2048, max_model_len: 2048 },
      ],
    });
  });

  it('are found one by one', async () => {
    const app = testApp();
    expect((await app.inject({ url: '/v1/models/fim-model', headers })).json().id).toBe('fim-model');
    const missing = await app.inject({ url: '/v1/models/gpt-5', headers });
    expect(missing.statusCode).toBe(404);
    expect(missing.json().error).toMatchObject({ code: 'model_not_found', param: 'model' });
  });
});

describe('a request that is wrong', () => {
  it('is told which paths exist', async () => {
    const response = await post('/openai/v1/chat/completion', '{}');
    expect(response.statusCode).toBe(404);
    expect(response.json().error).toMatchObject({ code: 'unknown_path', type: 'invalid_request_error' });
    expect(response.json().error.message).toContain('/v1/chat/completions');
  });

  it('is told which methods a path answers', async () => {
    const response = await testApp().inject({ url: '/v1/chat/completions', headers });
    expect(response.statusCode).toBe(405);
    expect(response.headers.allow).toBe('POST');
  });

  it.each([
    ['not JSON', '{"messages": secret', 'invalid_json', null],
    ['empty', '', 'invalid_body', null],
    ['an array', '[]', 'invalid_body', null],
    ['without messages', '{}', 'invalid_parameter', 'messages'],
    ['with no message', '{"messages":[]}', 'invalid_parameter', 'messages'],
    ['with a message that is no object', '{"messages":["hi"]}', 'invalid_parameter', 'messages'],
    ['with an endless name', `{"model":"${'m'.repeat(257)}"}`, 'invalid_parameter', 'model'],
  ])('because its body is %s gets 400', async (_name, payload, code, param) => {
    const response = await post('/v1/chat/completions', payload);
    expect(response.statusCode).toBe(400);
    expect(response.json().error).toMatchObject({ code, param, type: 'invalid_request_error' });
    expect(response.body).not.toContain('secret');
  });

  it.each([
    ['/v1/completions', '{}', 'prompt'],
    ['/v1/completions', '{"prompt":["a","b"]}', 'prompt'],
    ['/v1/completions', '{"prompt":["a"],"suffix":"b"}', 'prompt'],
    ['/v1/completions', '{"prompt":"a","suffix":3}', 'suffix'],
    ['/infill', '{"input_prefix":"a"}', 'input_suffix'],
    ['/v1/infill', '{"input_prefix":3,"input_suffix":""}', 'input_prefix'],
  ])('%s with %s gets 400', async (url, payload, param) => {
    const response = await post(url, payload);
    expect(response.statusCode).toBe(400);
    expect(response.json().error).toMatchObject({ code: 'invalid_parameter', param });
  });

  it('because it is too large gets 413', async () => {
    const response = await post(
      '/v1/chat/completions',
      ' '.repeat(2 ** 20 + 1),
      testApp({ bodyLimit: 2 ** 20 }),
    );
    expect(response.statusCode).toBe(413);
    expect(response.json().error).toMatchObject({ code: 'body_too_large' });
  });

  it('because it is nested beyond reason gets 400', async () => {
    const depth = 100_000;
    const payload = `{"messages":[{}],"x":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const response = await post('/v1/chat/completions', payload);
    expect(response.statusCode).toBe(400);
    expect(response.json().error.code).toBe('invalid_body');
  });

  it('because no model can do it gets 404', async () => {
    const configuration = configurationWith({ models: [{ id: 'c', roles: ['chat'], contextSize: 1 }] });
    const response = await post('/v1/completions', '{"prompt":"a"}', testApp({ configuration }));
    expect(response.statusCode).toBe(404);
    expect(response.json().error.code).toBe('no_model_for_role');
  });
});

it('an engine that is not there gives 503 with Retry-After, streamed or not', async () => {
  for (const stream of [true, false]) {
    const response = await post('/v1/chat/completions', JSON.stringify({ messages: [{}], stream }));
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('5');
    expect(response.json().error).toMatchObject({ code: 'engine_unavailable', type: 'server_error' });
  }
});

it('a refused context is told to everybody', async () => {
  const problem = {
    code: 'bad_port',
    variable: 'ONEAPP_COPILOT_PORT',
    what: 'It is no port.',
    fix: 'Use 443.',
  };
  const app = testApp({ configuration: configurationWith({ problems: [problem] }) });
  for (const url of ['/health', '/v1/models', '/ca.crt', '/nowhere']) {
    const response = await app.inject({ url });
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('59');
    expect(response.json().error).toMatchObject({ code: 'configuration_refused', problems: [problem] });
  }
});

describe('the log', () => {
  it('has one line per request, and nothing of what people wrote', async () => {
    const lines: string[] = [];
    const app = testApp({
      logger: { level: 'trace', stream: { write: (line: string) => lines.push(line) } },
    });
    const response = await app.inject({
      method: 'POST',
      url: '/v1/chat/completions?token=in-query',
      headers: { authorization, 'x-request-id': 'forged' },
      payload: '{"messages":[{"content":"my-prompt"}]}',
    });
    await app.inject({ method: 'POST', url: '/infill', headers, payload: '{"input_prefix": my-prompt' });
    await app.inject({ url: '/secret-path', headers: { authorization: 'Bearer wrong-key' } });
    const requests = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request');
    expect(requests).toHaveLength(3);
    expect(requests[0]).toMatchObject({
      id: response.headers['x-request-id'],
      method: 'POST',
      route: '/v1/chat/completions',
      status: 503,
      key: 'team',
    });
    for (const secret of ['in-query', 'forged', 'my-prompt', 'wrong-key', 'sk-test', 'secret-path']) {
      expect(lines.join('')).not.toContain(secret);
    }
  });
});
