import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { engineSource } from './engine-source.ts';
import { headersOf, RelayWorld, textOf } from './relay-world.ts';
import { authorization, portOf } from './support.ts';

/** Paths of the engine that the gateway has under the same name, with methods of its own. */
const shared = [
  '/health',
  '/v1/health',
  '/models',
  '/v1/models',
  '/completions',
  '/v1/completions',
  '/chat/completions',
  '/v1/chat/completions',
  '/embeddings',
  '/v1/embeddings',
  '/infill',
  '/v1/responses',
  '/responses',
  '/v1/messages',
  '/v1/messages/count_tokens',
  '/props',
  '/completion',
  '/tokenize',
  '/detokenize',
  '/apply-template',
];

/** Every other path that llama-server answers (tools/server/server.cpp, `ctx_http.get|post|del`). */
const engineOnly = [
  '/models/load',
  '/models/unload',
  '/models/sse',
  '/metrics',
  '/v1/chat/completions/control',
  '/v1/audio/transcriptions',
  '/audio/transcriptions',
  '/embedding',
  '/rerank',
  '/reranking',
  '/v1/rerank',
  '/v1/reranking',
  '/chat/completions/input_tokens',
  '/v1/chat/completions/input_tokens',
  '/responses/input_tokens',
  '/v1/responses/input_tokens',
  '/lora-adapters',
  '/slots',
  '/slots/0',
  '/v1/stream',
  '/v1/streams/lookup',
  '/cors-proxy',
  '/tools',
  '/index.html',
];

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'];

/** Ways to write a path that a proxy may read otherwise than whoever is behind it. */
const tricks: Readonly<Record<string, (path: string) => string>> = {
  plain: (path) => path,
  'with a query': (path) => `${path}?model=chat-model&autoload=true`,
  'below another path': (path) => `/v1/models/..${path}`,
  'below an encoded dot path': (path) => `/v1/models/%2e%2e${path}`,
  'below a path that is let through': (path) => `/infill/%2e%2e${path}`,
  'behind encoded slashes': (path) => `/infill%2f..${path.replaceAll('/', '%2f')}`,
  'with encoded letters': (path) =>
    path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  'with double slashes': (path) => path.replaceAll('/', '//'),
  'with a slash behind': (path) => `${path}/`,
  'with parameters': (path) => `${path};/infill`,
  'as parameters': (path) => `/infill;${path}`,
  'in upper case': (path) => path.toUpperCase(),
  'with a fragment': (path) => `/infill#${path}`,
  'with a NUL': (path) => `/infill%00${path}`,
  'with a backslash': (path) => `/infill\\..${path.replaceAll('/', '\\')}`,
  'as a whole URL': (path) => `http://localhost${path}`,
  'as a whole URL with user': (path) => `http://a@b:1//v1${path}`,
};

const world = new RelayWorld();
const body = {
  model: 'chat-model',
  messages: [{ role: 'user', content: 'x' }],
  prompt: 'x',
  input_prefix: 'x',
  input_suffix: 'x',
};

async function ask(method: string, path: string) {
  const headers = { authorization, 'x-http-method-override': 'POST' };
  const port = portOf(world.app.server);
  const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false });
  // Node sends a body with other methods without saying how long it is.
  outgoing.end(['POST', 'PUT', 'PATCH'].includes(method) ? JSON.stringify(body) : undefined);
  const response = await headersOf(outgoing);
  return { status: response.statusCode ?? 0, text: await textOf(response) };
}

it('all of the pinned engine’s paths are known', async () => {
  const [source = ''] = await engineSource('tools/server/server.cpp');
  const registered = [...source.matchAll(/ctx_http\.(?:get|post|del)\s*\(\s*"([^"]+)"/g)];
  const paths = new Set(registered.map(([, path]) => path?.replace(':id_slot', '0')));
  const known = new Set([...shared, ...engineOnly.filter((path) => path !== '/index.html')]);
  expect(known).toEqual(paths);
});

describe('what is the engine’s own is not reachable', () => {
  it.each(Object.entries(tricks))('%s', async (_name, trick) => {
    const statuses = new Map<string, number>();
    for (const path of engineOnly) {
      for (const method of methods) {
        const { status } = await ask(method, trick(path));
        statuses.set(`${method} ${trick(path)}`, status);
      }
    }
    const reached = [...statuses].filter(([, status]) => status < 400 || status >= 500);
    expect(reached).toEqual([]);
    expect(world.fake.requests).toEqual([]);
  });

  it.each(['POST', 'DELETE', 'PUT'])('models are neither fetched nor removed with %s', async (method) => {
    for (const path of ['/models', '/v1/models', '//models/', '/models?model=chat-model']) {
      expect((await ask(method, path)).status).toBe(405);
    }
    expect(world.fake.requests).toEqual([]);
  });

  it('the list of models is the gateway’s, without command lines', async () => {
    const { text } = await ask('GET', '/models?reload=1&model=chat-model');
    expect(JSON.parse(text).data[0]).toMatchObject({ id: 'chat-model', owned_by: 'onepilot' });
    expect(world.fake.requests).toEqual([]);
  });

  it('what is let through goes to the engine’s path for it, without the client’s query', async () => {
    await ask('POST', '/v1/chat/completions?autoload=true&model=other');
    expect(world.fake.requests.map(({ path }) => path)).toEqual(['/v1/chat/completions?autoload=false']);
  });
});
