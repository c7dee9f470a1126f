import { type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeEngine, startFakeEngine } from './fake-engine.ts';
import { authorization, portOf, testApp, until } from './support.ts';

let fake: FakeEngine;
let app: FastifyInstance;
let stopping: AbortController;
const timing = { commit: 150, heartbeat: 60 };

beforeEach(async () => {
  fake = await startFakeEngine();
  stopping = new AbortController();
  app = testApp({ timing, stopping: stopping.signal }, fake.socket);
  await app.listen({ port: 0, host: '127.0.0.1' });
});

afterEach(async () => {
  app.server.closeAllConnections();
  await app.close();
  await fake.close();
});

const chatBody = { model: 'my-model', messages: [{ role: 'user', content: 'hi' }] };

function post(path: string, body: object, options: RequestOptions = {}): ClientRequest {
  const headers = { authorization, 'content-type': 'application/json' };
  const port = portOf(app.server);
  return request({ host: '127.0.0.1', port, method: 'POST', path, headers, ...options }).end(
    JSON.stringify(body),
  );
}

function headersOf(outgoing: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => outgoing.once('response', resolve).once('error', reject));
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return text;
}

async function answer(path: string, body: object) {
  const response = await headersOf(post(path, body));
  return { status: response.statusCode, headers: response.headers, text: await textOf(response) };
}

/** The parsed data of each event in `text`; `[DONE]` stays as it is. */
function events(text: string) {
  return text
    .split('\n\n')
    .filter((block) => block.startsWith('data: '))
    .map((block) => block.slice('data: '.length))
    .map((data) => (data === '[DONE]' ? data : JSON.parse(data)));
}

/** A stream of OpenAI's kind. */
const sse = (...parts: object[]) =>
  `${parts.map((part) => `data: ${JSON.stringify(part)}\n\n`).join('')}data: [DONE]\n\n`;

const chatStream = sse(
  {
    id: 'chatcmpl-1',
    model: '/x.gguf',
    choices: [{ index: 0, delta: { role: 'assistant', content: null } }],
  },
  { choices: [{ index: 0, delta: { content: 'all ' }, finish_reason: null }] },
  { choices: [{ index: 0, delta: { content: 'good' }, finish_reason: null }] },
  { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
  { choices: [], usage: { total_tokens: 3 } },
);

const chunkOf = (content: string) =>
  `data: ${JSON.stringify({ model: '/models/x.gguf', choices: [{ index: 0, delta: { content } }] })}\n\n`;

describe('a whole answer', () => {
  it('goes through with the id the client asked for', async () => {
    fake.handler = (_request, response) => response.end(chatStream);
    const { status, text, headers } = await answer('/v1/chat/completions', {
      ...chatBody,
      id_slot: 3,
      lora: [],
      cache_prompt: false,
      n: 4,
      temperature: 0.5,
      stream: null,
    });
    expect(status).toBe(200);
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.parse(text)).toEqual({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      model: 'my-model',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'all good' },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { total_tokens: 3 },
    });
    expect(fake.requests[0]?.path).toBe('/v1/chat/completions?autoload=false');
    expect(JSON.parse(fake.requests[0]?.body ?? '')).toEqual({
      ...chatBody,
      model: 'chat-model',
      temperature: 0.5,
      stream: true,
      stream_options: { include_usage: true },
      sse_ping_interval: 1,
    });
  });

  it('has its tool calls put together', async () => {
    const delta = (part: object) => ({ choices: [{ index: 0, delta: part, finish_reason: null }] });
    const call = (index: number, fields: object) => delta({ tool_calls: [{ index, ...fields }] });
    fake.handler = (_request, response) =>
      response.end(
        sse(
          delta({ role: 'assistant', content: null, reasoning_content: 'hm' }),
          call(0, { id: 'a', type: 'function', function: { name: 'read', arguments: '' } }),
          call(0, { function: { arguments: '{"x"' } }),
          call(1, { id: 'b', type: 'function', function: { name: 'write', arguments: '{}' } }),
          call(0, { function: { arguments: ':1}' } }),
          { choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] },
        ),
      );
    const { text } = await answer('/v1/chat/completions', chatBody);
    const { message, finish_reason } = JSON.parse(text).choices[0];
    expect(finish_reason).toBe('tool_calls');
    expect(message).toEqual({
      role: 'assistant',
      content: null,
      reasoning_content: 'hm',
      tool_calls: [
        { id: 'a', type: 'function', function: { name: 'read', arguments: '{"x":1}' } },
        { id: 'b', type: 'function', function: { name: 'write', arguments: '{}' } },
      ],
    });
  });

  it('that breaks off is 502', async () => {
    fake.handler = (_request, response) => {
      response.write(chunkOf('a'), () => response.destroy());
    };
    const { status, text } = await answer('/v1/chat/completions', chatBody);
    expect(status).toBe(502);
    expect(JSON.parse(text).error.code).toBe('engine_failed');
  });

  it('is asked for again when a kept connection turns out closed', async () => {
    let count = 0;
    fake.handler = (request, response) => {
      count += 1;
      if (count === 2) request.socket.destroy();
      else response.end(chatStream);
    };
    expect((await answer('/v1/chat/completions', chatBody)).status).toBe(200);
    expect((await answer('/v1/chat/completions', chatBody)).status).toBe(200);
    expect(count).toBe(3);
  });
});

describe("the engine's error", () => {
  const failing = (status: number, error: object | string) => {
    fake.handler = (_request, response) => {
      response.statusCode = status;
      response.end(typeof error === 'string' ? error : JSON.stringify({ error }));
    };
  };

  it.each([true, false])('about the context has the words clients look for (stream %s)', async (stream) => {
    failing(400, {
      code: 400,
      type: 'exceed_context_size_error',
      message: 'request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it',
      n_prompt_tokens: 5000,
      n_ctx: 4096,
    });
    const { status, text } = await answer('/v1/chat/completions', { ...chatBody, stream });
    expect(status).toBe(400);
    expect(JSON.parse(text).error).toEqual({
      message:
        "This model's maximum context length is 4096 tokens. However, your request has 5000 input tokens, which exceeds the available context size. Please reduce the length of the messages.",
      type: 'invalid_request_error',
      param: 'messages',
      code: 'context_length_exceeded',
      n_prompt_tokens: 5000,
      n_ctx: 4096,
    });
  });

  it.each([
    [400, { code: 400, message: 'bad', type: 'invalid_request_error' }, 400, 'engine_rejected'],
    [
      500,
      { code: 500, message: '[json.exception.type_error.302] x', type: 'server_error' },
      400,
      'engine_rejected',
    ],
    [500, { code: 500, message: 'Compute error.', type: 'server_error' }, 502, 'engine_failed'],
    [
      501,
      { code: 501, message: 'Infill is not supported', type: 'not_supported_error' },
      400,
      'not_supported',
    ],
    [503, { code: 503, message: 'Loading model', type: 'unavailable_error' }, 503, 'engine_loading'],
    [400, { code: 400, message: "model 'x' not found", type: 'invalid_request_error' }, 502, 'engine_failed'],
    [500, 'proxy error: Failed to read connection', 502, 'engine_failed'],
  ])('%i %j becomes %i %s', async (engineStatus, error, status, code) => {
    failing(engineStatus, error);
    const result = await answer('/v1/chat/completions', chatBody);
    expect(result.status).toBe(status);
    expect(JSON.parse(result.text).error).toMatchObject({ code, param: null });
  });

  it('that the model is not loaded has it loaded', async () => {
    fake.status = { value: 'unloaded', failed: true };
    failing(400, { code: 400, message: 'model is not loaded', type: 'invalid_request_error' });
    const { status, headers, text } = await answer('/v1/chat/completions', { ...chatBody, stream: true });
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('5');
    expect(JSON.parse(text).error.code).toBe('engine_loading');
    expect(fake.requests.at(-1)).toEqual({ path: '/models/load', body: '{"model":"chat-model"}' });
  });
});

describe('health', () => {
  const statusOf = async (status: { value: string; failed?: boolean }) => {
    fake.status = status;
    const fresh = testApp({}, fake.socket);
    const response = await fresh.inject({ url: '/health' });
    return [response.statusCode, response.json().status];
  };

  it('is that of the chat model', async () => {
    expect(await statusOf({ value: 'loaded' })).toEqual([200, 'ok']);
    expect(await statusOf({ value: 'sleeping' })).toEqual([200, 'ok']);
    expect(await statusOf({ value: 'loading' })).toEqual([503, 'loading']);
    expect(await statusOf({ value: 'unloaded', failed: true })).toEqual([503, 'failed']);
  });
});

describe('a stream', () => {
  const stream = { ...chatBody, stream: true };
  const all = Buffer.from(`${chunkOf('größe ')}${chunkOf('🚀')}:\n\ndata: [DONE]\n\n`);

  it('arrives whole, however the engine cuts it', async () => {
    fake.handler = async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const byte of all) {
        response.write(Uint8Array.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    };
    const { status, headers, text } = await answer('/v1/chat/completions', stream);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(headers['x-request-id']).toBeDefined();
    expect(events(text)).toEqual([
      { model: 'my-model', choices: [{ index: 0, delta: { content: 'größe ' } }] },
      { model: 'my-model', choices: [{ index: 0, delta: { content: '🚀' } }] },
      '[DONE]',
    ]);
  });

  it('has its status line and heartbeats while the engine says nothing', async () => {
    fake.handler = (_request, response) => setTimeout(() => response.end(all), 400);
    const start = performance.now();
    const response = await headersOf(post('/v1/chat/completions', stream));
    expect(performance.now() - start).toBeLessThan(300);
    const text = await textOf(response);
    expect(text.match(/^: keep-alive$/gm)?.length).toBeGreaterThanOrEqual(2);
    expect(text).not.toContain('ping');
    expect(events(text)).toHaveLength(3);
  });

  it.each([
    ['closes the connection', (response: { destroy(): void }) => response.destroy()],
    ['ends before it is done', (response: { end(text: string): void }) => response.end('proxy error: gone')],
  ])('whose engine %s says so in-band', async (_name, end) => {
    fake.handler = (_request, response) => response.write(chunkOf('a'), () => end(response));
    const { status, text } = await answer('/v1/chat/completions', stream);
    expect(status).toBe(200);
    expect(events(text).at(-1).error).toMatchObject({ code: 'engine_failed', type: 'server_error' });
  });

  it('passes on an error that comes after the status line', async () => {
    fake.handler = (_request, response) =>
      response.end(
        `${chunkOf('a')}data: {"error":{"code":500,"message":"Compute error.","type":"server_error"}}\n\n`,
      );
    const { text } = await answer('/v1/chat/completions', stream);
    expect(events(text)).toHaveLength(2);
    expect(events(text)[1].error.code).toBe('engine_failed');
  });

  it('passes on a late refusal in-band', async () => {
    fake.handler = (_request, response) =>
      setTimeout(() => {
        response.statusCode = 400;
        response.end(JSON.stringify({ error: { code: 400, message: 'no', type: 'invalid_request_error' } }));
      }, 250);
    const { status, text } = await answer('/v1/chat/completions', stream);
    expect(status).toBe(200);
    expect(events(text)).toMatchObject([{ error: { code: 'engine_rejected' } }]);
  });

  it('is told when the gateway stops', async () => {
    fake.handler = (_request, response) => response.write(chunkOf('a'));
    const response = await headersOf(post('/v1/chat/completions', stream));
    stopping.abort();
    expect(events(await textOf(response)).at(-1).error.code).toBe('gateway_stopping');
    await until(() => fake.open() === 0);
  });

  it('makes the engine wait for a client that does not read', async () => {
    let written = 0;
    fake.handler = async (_request, response) => {
      const chunk = chunkOf('x'.repeat(65_536));
      while (written < 1000 && !response.destroyed) {
        written += 1;
        if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve));
      }
    };
    const outgoing = post('/v1/chat/completions', stream);
    const response = await headersOf(outgoing);
    response.pause();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = written;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(written).toBe(before);
    expect(written).toBeLessThan(500);
    outgoing.destroy();
    await until(() => fake.open() === 0);
  });
});

describe('a client that leaves', () => {
  it.each([
    ['before the status line', { stream: true }, undefined],
    ['while heartbeats are sent', { stream: true }, undefined],
    ['within a stream', { stream: true }, chunkOf('a')],
    ['while it waits for a whole answer', { stream: false }, undefined],
    ['within a whole answer', { stream: false }, chunkOf('a')],
  ])('%s takes its request to the engine along', async (name, fields, text) => {
    fake.handler = (_request, response) => {
      if (text) response.write(text);
    };
    const outgoing = post('/v1/chat/completions', { ...chatBody, ...fields });
    const headers = headersOf(outgoing);
    headers.catch(() => {});
    outgoing.on('error', () => {});
    await until(() => fake.open() === 1);
    if (name.includes('heartbeats') || name.includes('within a stream')) await headers;
    if (name.includes('within')) await new Promise((resolve) => setTimeout(resolve, 50));
    const left = performance.now();
    outgoing.destroy();
    await until(() => fake.open() === 0);
    expect(performance.now() - left).toBeLessThan(100);
  });

  it('a hundred times leaves nothing behind', async () => {
    fake.handler = (_request, response) => response.write(chunkOf('a'));
    for (let round = 0; round < 10; round += 1) {
      const all = Array.from({ length: 10 }, () =>
        post('/v1/chat/completions', { ...chatBody, stream: true }),
      );
      await Promise.all(all.map(headersOf));
      for (const outgoing of all) outgoing.destroy();
      await until(() => fake.open() === 0);
    }
    const connections = await new Promise<number>((resolve) =>
      app.server.getConnections((_error, count) => resolve(count)),
    );
    expect(connections).toBe(0);
  });
});

describe('fill in the middle', () => {
  const asked = { model: 'my-fim', prompt: 'def add(', suffix: '\n', max_tokens: 9, stop: ['x'] };
  const final = { content: 'a, b):', stop: true, stop_type: 'eos', tokens_predicted: 3, tokens_evaluated: 7 };

  it('goes to /infill and comes back as a completion', async () => {
    fake.handler = (_request, response) => {
      response.write(`data: ${JSON.stringify({ content: 'a, ', stop: false })}\n\n`);
      response.end(`data: ${JSON.stringify({ ...final, content: 'b):', model: '/x.gguf' })}\n\n`);
    };
    const { text } = await answer('/completions', { ...asked, response_fields: ['tokens'] });
    expect(fake.requests[0]?.path).toBe('/infill?autoload=false');
    expect(JSON.parse(fake.requests[0]?.body ?? '')).toEqual({
      model: 'fim-model',
      input_prefix: 'def add(',
      input_suffix: '\n',
      max_tokens: 9,
      stop: ['x'],
      stream: true,
      sse_ping_interval: 1,
    });
    expect(JSON.parse(text)).toMatchObject({
      object: 'text_completion',
      model: 'my-fim',
      choices: [{ index: 0, text: 'a, b):', finish_reason: 'stop', logprobs: null }],
      usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
    });
  });

  it('streams, with usage when asked for', async () => {
    fake.handler = (_request, response) => {
      response.write(`data: ${JSON.stringify({ content: 'a, ', stop: false })}\n\n`);
      response.end(`data: ${JSON.stringify({ ...final, content: '', stop_type: 'limit' })}\n\n`);
    };
    const { text } = await answer('/v1/completions', {
      ...asked,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(events(text)).toMatchObject([
      { model: 'my-fim', choices: [{ text: 'a, ', finish_reason: null }] },
      { choices: [{ text: '', finish_reason: 'length' }] },
      { choices: [], usage: { total_tokens: 10 } },
      '[DONE]',
    ]);
  });

  it('without a suffix is a plain completion', async () => {
    fake.handler = (_request, response) =>
      response.end(
        sse(
          { choices: [{ index: 0, text: 'b ', finish_reason: null }] },
          { choices: [{ index: 0, text: 'c', finish_reason: 'length' }], usage: { total_tokens: 2 } },
        ),
      );
    for (const suffix of ['', null, undefined]) {
      const { text } = await answer('/v1/completions', { prompt: 'a', suffix });
      const choice = { index: 0, text: 'b c', logprobs: null, finish_reason: 'length' };
      expect(JSON.parse(text)).toEqual({ model: 'fim-model', choices: [choice], usage: { total_tokens: 2 } });
    }
    expect(fake.requests.map(({ path }) => path)).toEqual(Array(3).fill('/v1/completions?autoload=false'));
    expect(fake.requests[0]?.body).toBe(
      '{"prompt":"a","model":"fim-model","stream":true,"sse_ping_interval":1}',
    );
  });

  it('natively keeps the shape of llama-server', async () => {
    fake.handler = (_request, response) => {
      response.write('data: {"content":"x","stop":false,"tokens":[1]}\n\n');
      const last = { content: '', stop: true, tokens: [2], timings: { prompt_n: 7 } };
      response.end(`data: ${JSON.stringify(last)}\n\n`);
    };
    const native = { input_prefix: 'a', input_suffix: 'b', id_slot: 0, n_cmpl: 3 };
    const { text } = await answer('/v1/infill', native);
    expect(JSON.parse(text)).toEqual({ content: 'x', stop: true, tokens: [1, 2], timings: { prompt_n: 7 } });
    const response_fields = ['content', 'timings/prompt_n', 'nowhere'];
    const picked = await answer('/infill', { ...native, response_fields });
    expect(JSON.parse(picked.text)).toEqual({ content: 'x', 'timings/prompt_n': 7 });
    expect(JSON.parse(fake.requests[1]?.body ?? '')).toEqual({
      model: 'fim-model',
      input_prefix: 'a',
      input_suffix: 'b',
      stream: true,
      sse_ping_interval: 1,
    });
  });

  it('natively streams without [DONE]', async () => {
    fake.handler = (_request, response) =>
      response.end('data: {"content":"x","stop":false}\n\ndata: {"content":"","stop":true,"model":"y"}\n\n');
    const { text } = await answer('/infill', {
      input_prefix: 'a',
      input_suffix: 'b',
      stream: true,
      model: 'm',
    });
    expect(events(text)).toEqual([
      { content: 'x', stop: false },
      { content: '', stop: true, model: 'm' },
    ]);
  });
});
