import { describe, expect, it } from 'vitest';
import { embeddingRequest } from '../../../src/gateway/embeddings/request.ts';
import { EngineTraffic } from '../../../src/gateway/traffic.ts';
import { startFakeEngine } from './fake-engine.ts';
import { headersOf, RelayWorld, textOf } from './relay-world.ts';
import { authorization, configurationWith, testApp, until } from './support.ts';

const models = [
  { id: 'chat-model', roles: ['chat' as const], contextSize: 4096 },
  { id: 'embed-model', roles: ['embed' as const], contextSize: 2048 },
];
const traffic = new EngineTraffic();
const world = new RelayWorld({ configuration: configurationWith({ models }), traffic });

/** Answers each text with a vector that begins with its length. */
function embedding(): void {
  world.fake.handler = (_request, response, body) => {
    const { input, encoding_format, model } = JSON.parse(body);
    const numbers = [input.length, 0.5, -0.25];
    const bytes = Buffer.from(Float32Array.from(numbers).buffer);
    const vector = encoding_format === 'base64' ? bytes.toString('base64') : numbers;
    const data = [{ object: 'embedding', index: 0, embedding: vector, encoding_format }];
    response.end(
      JSON.stringify({ data, model, object: 'list', usage: { prompt_tokens: 4, total_tokens: 4 } }),
    );
  };
}

const ask = (body: object) => world.answer('/v1/embeddings', body);
const sent = () => world.fake.requests.map(({ body }) => JSON.parse(body));

describe('POST /v1/embeddings', () => {
  it('asks the engine for one text after the other, with nothing but what it needs', async () => {
    embedding();
    const body = {
      model: 'mine',
      input: ['a', 'bc'],
      user: 'u',
      embd_normalize: -1,
      content: 'x',
      stream: true,
    };
    const { status, headers, text } = await ask(body);
    expect([status, headers['x-onepilot-served-by']]).toEqual([200, 'local']);
    expect(JSON.parse(text)).toEqual({
      object: 'list',
      model: 'mine',
      data: [
        { object: 'embedding', index: 0, embedding: [1, 0.5, -0.25] },
        { object: 'embedding', index: 1, embedding: [2, 0.5, -0.25] },
      ],
      usage: { prompt_tokens: 8, total_tokens: 8 },
    });
    expect(world.fake.requests.map(({ path }) => path)).toEqual(
      Array(2).fill('/v1/embeddings?autoload=false'),
    );
    const settings = { model: 'embed-model', encoding_format: 'float' };
    expect(sent()).toEqual([
      { ...settings, input: 'a' },
      { ...settings, input: 'bc' },
    ]);
  });

  it('gives vectors as base64 on request', async () => {
    embedding();
    const { text } = await ask({ input: 'abc', encoding_format: 'base64', dimensions: 3 });
    const [{ embedding: vector }] = JSON.parse(text).data;
    const { buffer } = Uint8Array.from(Buffer.from(vector, 'base64'));
    expect([...new Float32Array(buffer)]).toEqual([3, 0.5, -0.25]);
    expect(JSON.parse(text).model).toBe('embed-model');
  });

  it.each(['float', 'base64'])(
    'says how many dimensions there are when others are asked for (%s)',
    async (format) => {
      embedding();
      const { status, text } = await ask({ input: ['a', 'b'], encoding_format: format, dimensions: 2 });
      expect(status).toBe(400);
      expect(JSON.parse(text).error).toMatchObject({ code: 'invalid_parameter', param: 'dimensions' });
      expect(JSON.parse(text).error.message).toContain('"dimensions" must be 3');
      expect(world.fake.requests).toHaveLength(1);
    },
  );

  it.each([
    ['input', {}],
    ['input', { input: '' }],
    ['input', { input: [] }],
    ['input', { input: ['a', ''] }],
    ['input', { input: [[]] }],
    ['input', { input: ['a', 3, null] }],
    ['input', { input: [1.5] }],
    ['input', { input: [[-1]] }],
    ['input', { input: [2 ** 31] }],
    ['input', { input: { prompt_string: 'x', multimodal_data: [] } }],
    ['input', { input: Array(2049).fill('a') }],
    ['encoding_format', { input: 'a', encoding_format: 'int8' }],
    ['dimensions', { input: 'a', dimensions: '3' }],
    ['dimensions', { input: 'a', dimensions: 0 }],
  ])('refuses a wrong %s: %j', async (parameter, body) => {
    const { status, text } = await ask(body);
    expect(status).toBe(400);
    expect(JSON.parse(text).error).toMatchObject({ code: 'invalid_parameter', param: parameter });
    expect(world.fake.requests).toEqual([]);
  });

  it.each([
    [
      500,
      'server_error',
      'input (3000 tokens) is too large to process. increase the physical batch size (current batch size: 2048)',
      {},
    ],
    [
      400,
      'exceed_context_size_error',
      'request (3000 tokens) exceeds the available context size',
      { n_prompt_tokens: 3000, n_ctx: 2048 },
    ],
  ])('says the limit when a text is too long (%s %s)', async (code, type, message, more) => {
    world.fake.handler = (_request, response) => {
      response.statusCode = code;
      response.end(JSON.stringify({ error: { code, type, message, ...more } }));
    };
    const { status, text } = await ask({ input: 'long' });
    expect(status).toBe(400);
    const { error } = JSON.parse(text);
    expect(error).toMatchObject({ code: 'context_length_exceeded', param: 'input', n_ctx: 2048 });
    expect(error.message).toContain(
      "This model's maximum context length is 2048 tokens. However, your request has 3000",
    );
  });

  it.each([
    '{',
    '{}',
    '[]',
    '{"data":[{"embedding":[null]}],"usage":{"prompt_tokens":1}}',
    '{"data":[{"embedding":[1]}]}',
  ])('is 502 when the engine answers %s', async (answer) => {
    world.fake.handler = (_request, response) => response.end(answer);
    const { status, text } = await ask({ input: 'a' });
    expect(status).toBe(502);
    expect(JSON.parse(text).error.code).toBe('engine_failed');
  });

  it('begins no further text once the client has left, and counts as one exchange with its model until then', async () => {
    const outgoing = world.post('/v1/embeddings', { input: ['a', 'b', 'c'] });
    outgoing.on('error', () => {});
    world.fake.handler = () => {};
    await until(() => world.fake.open() === 1);
    expect(traffic.use('embed-model').inFlight).toBe(1);
    outgoing.destroy();
    await until(() => traffic.inFlight === 0 && world.fake.open() === 0);
    expect(sent().map(({ input }) => input)).toEqual(['a']);
  });

  it('is told when the gateway stops', async () => {
    world.fake.handler = () => {};
    const answer = headersOf(world.post('/v1/embeddings', { input: 'a' }));
    await until(() => world.fake.open() === 1);
    world.stopping.abort();
    const response = await answer;
    expect(response.statusCode).toBe(503);
    expect(JSON.parse(await textOf(response)).error.code).toBe('gateway_stopping');
  });

  it('is 503 while the model is being loaded', async () => {
    world.fake.handler = (_request, response) => {
      response.statusCode = 400;
      response.end(JSON.stringify({ error: { code: 400, message: 'model is not loaded' } }));
    };
    const { status, headers, text } = await ask({ input: 'a' });
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('5');
    expect(JSON.parse(text).error.code).toBe('engine_loading');
  });
});

it('without a model that embeds, the path says what it needs', async () => {
  const fake = await startFakeEngine();
  const headers = { authorization };
  const app = testApp({}, fake.socket);
  const response = await app.inject({
    method: 'POST',
    url: '/v1/embeddings',
    headers,
    payload: { input: 'a' },
  });
  expect(response.statusCode).toBe(404);
  expect(response.json().error.code).toBe('no_model_for_role');
  expect((await app.inject({ method: 'POST', url: '/v1/embeddings', payload: {} })).statusCode).toBe(401);
  await fake.close();
});

it('tokens may be given in place of texts', () => {
  expect(embeddingRequest({ input: [1, 2] }).inputs).toEqual([[1, 2]]);
  expect(embeddingRequest({ input: [[1], 'a'], encoding_format: null }).inputs).toEqual([[1], 'a']);
});
