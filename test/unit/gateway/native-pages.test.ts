import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import type { GatewayConfiguration } from '../../../src/gateway/configuration.ts';
import { recordGenerated } from '../../../src/keys/record.ts';
import { RelayWorld } from './relay-world.ts';
import { authorization, configurationWith, key, portOf, testApp } from './support.ts';

const models: GatewayConfiguration['models'] = [
  { id: 'chat-model', roles: ['chat'], contextSize: 4096, architecture: 'qwen2', slots: 2 },
  { id: 'fim-model', roles: ['complete'], contextSize: 2048 },
  { id: 'embed-model', roles: ['embed'], contextSize: 512 },
];
const limited = 'sk-limited';
const keys = [
  recordGenerated('team', key),
  { ...recordGenerated('limited', limited), limits: { models: ['fim-model'] } },
];
const configuration = configurationWith({ models, keys });
const app = testApp({ configuration });
const open = testApp({ configuration: { ...configuration, openMetadata: true } });

async function get(url: string, headers: Record<string, string> = { authorization }, asked = app) {
  const response = await asked.inject({ url, headers });
  return { status: response.statusCode, body: response.json() };
}

async function post(
  url: string,
  body: object,
  headers: Record<string, string> = { authorization },
  asked = app,
) {
  const response = await asked.inject({ method: 'POST', url, headers, payload: JSON.stringify(body) });
  return { status: response.statusCode, body: response.json() };
}

const asLimited = { authorization: `Bearer ${limited}` };

describe('the list of models', () => {
  it('has OpenAI’s fields, Anthropic’s, and the context’s size as each client reads it', async () => {
    const { body } = await get('/v1/models');
    expect(body).toMatchObject({
      object: 'list',
      has_more: false,
      first_id: 'chat-model',
      last_id: 'embed-model',
    });
    expect(body.data[0]).toEqual({
      id: 'chat-model',
      object: 'model',
      created: expect.any(Number),
      owned_by: 'onepilot',
      type: 'model',
      display_name: 'chat-model',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      meta: { n_ctx: 4096 },
      context_length: 4096,
      max_model_len: 4096,
    });
  });

  it('is empty of Codex’ own kind of descriptions', async () => {
    expect((await get('/models?client_version=0.169.0')).body).toEqual({ models: [] });
  });

  it('tells of a model whose name is long and has slashes, and of one with Ollama’s tag', async () => {
    const id = `org/team/${'x'.repeat(247)}`;
    const long = testApp({
      configuration: configurationWith({ models: [{ id, roles: ['chat'], contextSize: 4096 }] }),
    });
    for (const name of [id, encodeURIComponent(id)]) {
      expect(await get(`/v1/models/${name}`, undefined, long)).toMatchObject({ status: 200, body: { id } });
    }
    expect((await get(`/v1/models/${id}y`, undefined, long)).body.error.code).toBe('invalid_parameter');
    expect((await get('/v1/models/fim-model:latest')).body.id).toBe('fim-model');
    expect((await get('/v1/models/fim-model/x')).body.error.code).toBe('model_not_found');
  });

  it('has the models that the key may use, and no other', async () => {
    const { body } = await get('/v1/models', asLimited);
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual(['fim-model']);
    expect((await get('/v1/models/chat-model', asLimited)).status).toBe(404);
    expect((await get('/api/tags', asLimited)).body.models).toHaveLength(1);
    expect((await get('/props?model=chat-model', asLimited)).body.error.code).toBe('model_not_allowed');
    expect((await get('/props', asLimited)).body.model_alias).toBe('fim-model');
    const { body: shown } = await post('/api/show', { model: 'any' }, asLimited);
    expect(shown.capabilities).toEqual(['completion', 'insert']);
  });
});

describe('through official clients', () => {
  const world = new RelayWorld({ configuration });
  const address = () => `http://127.0.0.1:${portOf(world.app.server)}`;

  it('OpenAI’s lists and retrieves', async () => {
    const client = new OpenAI({ apiKey: key, baseURL: `${address()}/v1`, maxRetries: 0 });
    const ids = [];
    for await (const { id, owned_by } of client.models.list()) ids.push(`${owned_by}/${id}`);
    expect(ids).toEqual(['onepilot/chat-model', 'onepilot/fim-model', 'onepilot/embed-model']);
    expect((await client.models.retrieve('fim-model')).object).toBe('model');
  });

  it('Anthropic’s lists, page by page, and retrieves', async () => {
    const client = new Anthropic({ apiKey: key, authToken: null, baseURL: address(), maxRetries: 0 });
    const names = [];
    for await (const { display_name, type } of client.models.list({ limit: 2 }))
      names.push(`${type} ${display_name}`);
    expect(names).toEqual(['model chat-model', 'model fim-model', 'model embed-model']);
    expect((await client.models.retrieve('chat-model')).display_name).toBe('chat-model');
  });
});

describe('Ollama’s questions about models', () => {
  it('need a key, and tell so in Ollama’s way', async () => {
    for (const url of ['/api/version', '/api/tags', '/api/ps']) {
      expect(await get(url, {})).toEqual({
        status: 401,
        body: { error: expect.stringContaining('API key') },
      });
    }
    expect((await post('/api/show', { model: 'm' }, {})).status).toBe(401);
  });

  it('need none where the configuration opens them, and that opens nothing else', async () => {
    for (const url of ['/api/version', '/api/tags', '/api/ps'])
      expect((await get(url, {}, open)).status).toBe(200);
    expect((await post('/api/show', { model: 'chat-model' }, {}, open)).status).toBe(200);
    for (const url of ['/api/chat', '/api/generate', '/api/embed', '/api/embeddings']) {
      expect((await post(url, {}, {}, open)).status).toBe(401);
    }
    expect((await get('/v1/models', {}, open)).status).toBe(401);
    expect((await get('/props', {}, open)).status).toBe(401);
  });

  it('are answered by HEAD too', async () => {
    const response = await app.inject({ method: 'HEAD', url: '/api/version', headers: { authorization } });
    expect(response.statusCode).toBe(200);
  });

  it('describe each model by what it is for', async () => {
    expect((await post('/api/show', { model: 'chat-model' })).body).toMatchObject({
      capabilities: ['completion', 'tools'],
      parameters: 'num_ctx 4096',
      details: { family: 'qwen2', format: 'gguf' },
      model_info: {
        'general.architecture': 'qwen2',
        'general.basename': 'chat-model',
        'qwen2.context_length': 4096,
      },
    });
    const { body } = await post('/api/show', { name: 'fim-model:latest' });
    expect(body).toMatchObject({ capabilities: ['completion', 'insert'], parameters: 'num_ctx 2048' });
    expect(body.template).toContain('.Suffix');
    expect((await post('/api/show', { model: 'embed-model' })).body.capabilities).toEqual(['embedding']);
  });

  it('describe an id that no model has by what would answer to it', async () => {
    const { body } = await post('/api/show', { model: 'qwen2.5-coder:7b' });
    expect(body.capabilities).toEqual(['completion', 'tools', 'insert']);
    expect(body.model_info).toMatchObject({
      'general.basename': 'qwen2.5-coder:7b',
      'qwen2.context_length': 2048,
    });
    const without = testApp({ configuration: { ...configuration, models: [] } });
    expect((await post('/api/show', { model: 'x' }, undefined, without)).status).toBe(404);
    expect((await post('/api/show', {})).body.error).toContain('"model" must be');
  });

  it('tell the same digest of the same model', async () => {
    const digests = async () =>
      (await get('/api/tags')).body.models.map(({ digest }: { digest: string }) => digest);
    const first: string[] = await digests();
    expect(new Set(first).size).toBe(models.length);
    expect(first[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(await digests()).toEqual(first);
  });
});

describe('/props', () => {
  it('tells the context’s size, slots and abilities, and nothing of the machine', async () => {
    expect((await get('/props')).body).toEqual({
      default_generation_settings: { n_ctx: 4096 },
      total_slots: 2,
      model_alias: 'chat-model',
      modalities: { vision: false, audio: false },
      chat_template_caps: {
        supports_system_role: true,
        supports_tools: true,
        supports_tool_calls: true,
        supports_parallel_tool_calls: true,
      },
      is_sleeping: false,
    });
    const { body } = await get('/props?model=fim-model');
    expect(body).toMatchObject({ model_alias: 'fim-model', total_slots: 1 });
    expect(body.chat_template_caps.supports_tools).toBe(false);
  });

  it('cannot be set', async () => {
    expect((await post('/props', {})).status).toBe(405);
  });
});

describe('a path that is not here', () => {
  it.each([
    ['/api/pull', { error: expect.stringContaining('There is nothing at this path') }],
    ['/v1/messages/batches', { type: 'error', error: expect.anything(), request_id: expect.anything() }],
    ['/v1/audio/speech', { error: expect.objectContaining({ code: 'unknown_path', param: null }) }],
  ])('%s is told so in its dialect', async (url, body) => {
    expect(await post(url, {})).toEqual({ status: 404, body });
  });

  it('is told the nearest one', async () => {
    const { body } = await post('/v1/chat/completions/v1/chat/completions', {});
    expect(body.error.message).toContain('Did you mean /v1/chat/completions? These exist: ');
    expect((await post('/api/chatt', {})).body.error).toContain('Did you mean /api/chat?');
  });
});

describe('a question to the engine', () => {
  const world = new RelayWorld({ configuration });

  it.each([
    ['/tokenize', { content: 'a', add_special: true, lora: [1] }, { content: 'a', add_special: true }],
    ['/detokenize', { tokens: [1, 2], id_slot: 3 }, { tokens: [1, 2] }],
    [
      '/v1/apply-template',
      { messages: [{ role: 'user', content: 'a' }], id_slot: 3 },
      { messages: [{ role: 'user', content: 'a' }] },
    ],
    [
      '/apply-template',
      {
        messages: [
          { role: 'system', content: 'a' },
          { role: 'developer', content: 'b' },
          { role: 'assistant', tool_calls: [{ function: { arguments: '{"cut' } }] },
        ],
        grammar: 'root ::= "a"',
      },
      {
        messages: [
          { role: 'system', content: 'a\n\nb' },
          { role: 'assistant', tool_calls: [{ function: { arguments: '{}' } }] },
        ],
      },
    ],
  ])('%s has known fields and the model’s name alone', async (path, body, sent) => {
    world.fake.handler = (_request, response) => response.end('{"answer":1}');
    const { status, text } = await world.answer(`${path}?model=fim-model`, body);
    expect({ status, text }).toEqual({ status: 200, text: '{"answer":1}' });
    const [request] = world.fake.requests;
    expect(request?.path).toBe(`${path.replace('/v1', '')}?autoload=false`);
    expect(JSON.parse(request?.body ?? '')).toEqual({ ...sent, model: 'fim-model' });
  });

  it.each([
    ['/tokenize', {}, 'content'],
    ['/tokenize', { content: 'a', with_pieces: 'yes' }, 'with_pieces'],
    ['/detokenize', { tokens: [1.5] }, 'tokens'],
    ['/detokenize', { tokens: [2 ** 31] }, 'tokens'],
    ['/apply-template', { messages: [] }, 'messages'],
  ])('%s with %j is refused before', async (path, body, param) => {
    const { status, text } = await world.answer(path, body);
    expect(status).toBe(400);
    expect(JSON.parse(text).error).toMatchObject({ code: 'invalid_parameter', param });
    expect(world.fake.requests).toEqual([]);
  });

  it('that the engine cannot answer is told so', async () => {
    world.fake.handler = (_request, response) => {
      response.writeHead(500).end('{"error":{"code":500,"message":"vector::_M_range_check"}}');
    };
    const { status, text } = await world.answer('/detokenize', { tokens: [2 ** 30] });
    expect({ status, param: JSON.parse(text).error.param }).toEqual({ status: 400, param: 'tokens' });
    expect((await world.answer('/tokenize', { content: 'a' })).status).toBe(502);
  });
});
