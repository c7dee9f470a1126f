import { describe, expect, it } from 'vitest';
import { chatBody, chunkOf, RelayWorld, shortTiming, sse } from './relay-world.ts';
import { testApp } from './support.ts';

// Errors have a status of their own until white space has gone out, which a slow machine must not reach.
const world = new RelayWorld({ timing: { ...shortTiming, padding: 60_000 } });

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

describe('a whole answer', () => {
  it('goes through with the id the client asked for', async () => {
    world.fake.handler = (_request, response) => response.end(chatStream);
    const { status, text, headers } = await world.answer('/v1/chat/completions', {
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
    expect(world.fake.requests[0]?.path).toBe('/v1/chat/completions?autoload=false');
    expect(JSON.parse(world.fake.requests[0]?.body ?? '')).toEqual({
      ...chatBody,
      model: 'chat-model',
      temperature: 0.5,
      stream: true,
      stream_options: { include_usage: true },
      return_progress: true,
      max_tokens: 4096,
    });
  });

  it('has its tool calls put together', async () => {
    const delta = (part: object) => ({ choices: [{ index: 0, delta: part, finish_reason: null }] });
    const call = (index: number, fields: object) => delta({ tool_calls: [{ index, ...fields }] });
    world.fake.handler = (_request, response) =>
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
    const { text } = await world.answer('/v1/chat/completions', chatBody);
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
    world.fake.handler = (_request, response) => {
      response.write(chunkOf('a'), () => response.destroy());
    };
    const { status, text } = await world.answer('/v1/chat/completions', chatBody);
    expect(status).toBe(502);
    expect(JSON.parse(text).error.code).toBe('engine_failed');
  });

  it('never meets a connection that the engine has closed after an answer', async () => {
    world.fake.handler = (request, response) => response.end(chatStream, () => request.socket.destroy());
    for (let index = 0; index < 20; index += 1) {
      expect((await world.answer('/v1/chat/completions', chatBody)).status).toBe(200);
    }
  });
});

describe("the engine's error", () => {
  const failing = (status: number, error: object | string) => {
    world.fake.handler = (_request, response) => {
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
    const { status, text } = await world.answer('/v1/chat/completions', { ...chatBody, stream });
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
    const result = await world.answer('/v1/chat/completions', chatBody);
    expect(result.status).toBe(status);
    expect(JSON.parse(result.text).error).toMatchObject({ code, param: null });
  });

  it('that the model is not loaded has it loaded', async () => {
    world.fake.status = { value: 'unloaded' };
    failing(400, { code: 400, message: 'model is not loaded', type: 'invalid_request_error' });
    const { status, headers, text } = await world.answer('/v1/chat/completions', {
      ...chatBody,
      stream: true,
    });
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('5');
    expect(JSON.parse(text).error.code).toBe('engine_loading');
    const load = { path: '/models/load', body: '{"model":"chat-model"}' };
    expect(world.fake.requests).toContainEqual(load);
  });
});

describe('health', () => {
  const statusOf = async (status: { value: string; failed?: boolean }) => {
    world.fake.status = status;
    const fresh = testApp({}, world.fake.socket);
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
