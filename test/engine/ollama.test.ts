import type { FastifyInstance } from 'fastify';
import { Ollama } from 'ollama';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectEngine } from '../../src/engine/client.ts';
import type { GatewayConfiguration } from '../../src/gateway/configuration.ts';
import { ModelKeeper } from '../../src/gateway/keeping/keeper.ts';
import { EngineTraffic } from '../../src/gateway/traffic.ts';
import {
  longAnswerPhrase,
  smokeAnswers,
  smokeToolCall,
  toolCallPhrase,
} from '../../src/models/smoke/answers.ts';
import {
  authorization,
  configurationWith,
  portOf,
  type TestOptions,
  testApp,
  until,
} from '../unit/gateway/support.ts';
import { type Engine, startEngine } from './support/llama-server.ts';

let engine: Engine;
let app: FastifyInstance;
let client: Ollama;
let described: GatewayConfiguration;

/** Small enough for a prompt to overflow. */
const contextSize = 2048;
const embedding = 'onepilot-random';

beforeAll(async () => {
  // Two slots share the context.
  const models = {
    'onepilot-smoke': { 'ctx-size': contextSize * 2 },
    [embedding]: { embeddings: true, parallel: 1, pooling: 'last' },
  };
  engine = await startEngine({ models });
  described = configurationWith({
    models: [
      { id: 'onepilot-smoke', roles: ['chat', 'complete'], contextSize, architecture: 'qwen2', slots: 2 },
      { id: embedding, roles: ['embed'], contextSize },
    ],
  });
  app = await listening({ configuration: described });
  client = clientWith(authorization);
});

afterAll(async () => {
  await app?.close();
  await engine?.stop();
});

async function listening(options: TestOptions): Promise<FastifyInstance> {
  const started = testApp(options, engine.socketPath);
  await started.listen({ port: 0, host: '127.0.0.1' });
  return started;
}

const address = () => `http://127.0.0.1:${portOf(app.server)}`;

/** The official client. */
function clientWith(key: string): Ollama {
  return new Ollama({ host: address(), headers: { authorization: key } });
}

const hello = [{ role: 'user', content: 'Hello' }];
const tools = [
  {
    type: 'function',
    function: {
      name: smokeToolCall.name,
      description: 'Reads',
      parameters: { type: 'object', properties: { path: { type: 'string' } } },
    },
  },
];

describe('through the official client', () => {
  it('models are listed and described', async () => {
    expect((await client.version()).version).toMatch(/^\d+\.\d+\.\d+$/);
    const { models } = await client.list();
    expect(models.map(({ model }) => model)).toEqual(['onepilot-smoke', embedding]);
    const shown = await client.show({ model: 'onepilot-smoke' });
    expect(shown.capabilities).toEqual(['completion', 'tools', 'insert']);
    expect(shown.model_info).toMatchObject({ 'qwen2.context_length': contextSize });
  });

  it('a chat is answered, with what it took', async () => {
    const answer = await client.chat({ model: 'gpt-5', messages: hello });
    expect(answer).toMatchObject({
      model: 'gpt-5',
      message: { role: 'assistant', content: smokeAnswers.chat },
      done: true,
      done_reason: 'stop',
    });
    expect(answer.prompt_eval_count).toBeGreaterThan(0);
    expect(answer.eval_count).toBeGreaterThan(0);
    expect(answer.eval_duration).toBeGreaterThan(1000);
  });

  it('a chat is streamed', async () => {
    const parts = [];
    for await (const part of await client.chat({ model: 'm', messages: hello, stream: true }))
      parts.push(part);
    expect(parts.map(({ message }) => message.content).join('')).toBe(smokeAnswers.chat);
    expect(parts.length).toBeGreaterThan(3);
    expect(parts.filter(({ done }) => done)).toEqual([parts.at(-1)]);
    expect(parts.at(-1)?.done_reason).toBe('stop');
  });

  it.each([true, false])('a tool is called, its arguments an object (streamed: %s)', async (stream) => {
    const messages = [{ role: 'user', content: `Please ${toolCallPhrase}` }];
    const parts = [];
    if (stream)
      for await (const part of await client.chat({ model: 'm', messages, tools, stream })) parts.push(part);
    else parts.push(await client.chat({ model: 'm', messages, tools, stream }));
    const calls = parts.flatMap(({ message }) => message.tool_calls ?? []);
    expect(calls).toMatchObject([
      { function: { name: smokeToolCall.name, arguments: smokeToolCall.arguments } },
    ]);
    const [call] = calls;
    const result = { role: 'tool', tool_name: smokeToolCall.name, content: 'Read.' };
    const history = [...messages, { role: 'assistant', content: '', tool_calls: call ? [call] : [] }, result];
    const { message } = await client.chat({ model: 'm', messages: history, tools });
    expect(message.content).toBe(smokeAnswers.chat);
  });

  it('an answer has the form that is asked for', async () => {
    const format = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] };
    const options = { num_predict: 100 };
    const { message } = await client.chat({ model: 'm', messages: hello, format, options });
    expect(JSON.parse(message.content)).toEqual({ ok: expect.any(Boolean) });
  });

  it('options are followed, and the context’s size is not one', async () => {
    const options = { num_predict: 3, num_ctx: 7, temperature: 0, stop: [] };
    const answer = await client.chat({ model: 'm', messages: hello, options });
    expect(answer).toMatchObject({ done_reason: 'length', eval_count: 3 });
  });

  it('a text is generated as the answer to a chat, filled in, or continued', async () => {
    const generated = await client.generate({ model: 'm', prompt: 'Hello', system: 'Be brief.' });
    expect(generated).toMatchObject({ response: smokeAnswers.chat, done_reason: 'stop' });
    const filled = await client.generate({ model: 'm', prompt: 'def a():\n    ', suffix: '\n' });
    expect(filled.response).toBe(smokeAnswers.fim);
    expect(filled.prompt_eval_count).toBeGreaterThan(0);
    const continued = await client.generate({ model: 'm', prompt: 'Once upon a time', raw: true });
    expect(continued.response).toBe(smokeAnswers.text);
    const templated = '<|fim_prefix|>def a():\n    <|fim_suffix|>\n<|fim_middle|>';
    let streamed = '';
    for await (const { response } of await client.generate({ model: 'm', prompt: templated, stream: true })) {
      streamed += response;
    }
    expect(streamed).toBe(smokeAnswers.fim);
  });

  it('a model is loaded by asking nothing', async () => {
    const loaded = await client.generate({ model: 'm', prompt: '', keep_alive: '10m' });
    expect(loaded).toMatchObject({ response: '', done: true, done_reason: 'load' });
    const unloaded = await client.chat({ model: 'm', keep_alive: 0 });
    expect(unloaded).toMatchObject({ message: { content: '' }, done_reason: 'unload' });
    const { message } = await client.chat({ model: 'm', messages: hello });
    expect(message.content).toBe(smokeAnswers.chat);
  });

  it('models that are loaded are running', async () => {
    const running = connectEngine(engine.socketPath);
    const configuration = described;
    const traffic = new EngineTraffic();
    const keeper = new ModelKeeper({ engine: running, traffic, models: () => configuration.models });
    const seen = await listening({ configuration, keeper, traffic });
    try {
      const host = `http://127.0.0.1:${portOf(seen.server)}`;
      const asking = new Ollama({ host, headers: { authorization } });
      expect((await asking.ps()).models).toEqual([]);
      await keeper.look();
      expect((await asking.ps()).models.map(({ name }) => name)).toEqual(['onepilot-smoke', embedding]);
    } finally {
      await seen.close();
    }
  });

  it('texts are embedded', async () => {
    const answer = await client.embed({ model: 'm', input: ['one', 'two'] });
    expect(answer.embeddings).toHaveLength(2);
    expect(Math.hypot(...(answer.embeddings[0] ?? []))).toBeCloseTo(1);
    expect(answer.prompt_eval_count).toBeGreaterThan(0);
    const older = await client.embeddings({ model: 'm', prompt: 'one' });
    expect(older.embedding).toEqual(answer.embeddings[0]);
  });

  it('the client’s leaving frees the slot', async () => {
    const messages = [{ role: 'user', content: longAnswerPhrase }];
    const stream = await client.chat({ model: 'm', messages, stream: true });
    const left = (async () => {
      for await (const _ of stream) stream.abort();
    })();
    await expect(left).rejects.toThrow(/abort/i);
    await until(async () => {
      const slots: { is_processing: boolean }[] = JSON.parse(
        (await engine.call('/slots?model=onepilot-smoke')).text,
      );
      return slots.every((slot) => !slot.is_processing);
    }, 10);
  });

  it('errors are texts with a status', async () => {
    const refused = { status_code: 401, error: expect.stringContaining('API key') };
    await expect(clientWith('Bearer wrong').chat({ model: 'm', messages: hello })).rejects.toMatchObject(
      refused,
    );
    const long = [{ role: 'user', content: 'word '.repeat(contextSize * 2) }];
    for (const stream of [true, false] as const) {
      const failure = stream
        ? client.chat({ model: 'm', messages: long, stream: true })
        : client.chat({ model: 'm', messages: long });
      await expect(failure).rejects.toMatchObject({
        status_code: 400,
        error: expect.stringContaining('maximum context length is 2048 tokens'),
      });
    }
    const images = [{ role: 'user', content: 'What is it?', images: ['aGk='] }];
    await expect(client.chat({ model: 'm', messages: images })).rejects.toMatchObject({ status_code: 400 });
    await expect(client.pull({ model: 'llama3' })).rejects.toMatchObject({ status_code: 404 });
  });
});

describe('llama-server’s own questions', () => {
  const ask = async (url: string, payload: object) => {
    const { statusCode, body } = await app.inject({
      method: 'POST',
      url,
      headers: { authorization },
      payload: JSON.stringify(payload),
    });
    return { status: statusCode, body: JSON.parse(body) };
  };

  it('texts become tokens and tokens texts', async () => {
    const { tokens } = (await ask('/tokenize', { content: 'Hello', model: 'any' })).body;
    expect(tokens.length).toBeGreaterThan(0);
    expect((await ask('/detokenize', { tokens })).body).toEqual({ content: 'Hello' });
    const pieces = (await ask('/tokenize', { content: 'Hello', with_pieces: true })).body.tokens;
    expect(pieces.map(({ piece }: { piece: string }) => piece).join('')).toBe('Hello');
  });

  it('tokens that the model does not have are refused, and hurt nobody', async () => {
    const beyond = [2 ** 31 - 1];
    expect((await ask('/detokenize', { tokens: beyond })).status).toBe(400);
    expect((await ask('/completion', { prompt: beyond, n_predict: 1 })).status).toBe(400);
    expect((await ask('/tokenize', { content: 'still there' })).status).toBe(200);
  });

  it('messages become the prompt that the model gets', async () => {
    const { prompt } = (await ask('/apply-template', { messages: hello })).body;
    expect(prompt).toContain('Hello');
  });

  it('a raw prompt is continued, streamed or not', async () => {
    const { content, stop, model } = (await ask('/completion', { prompt: 'Once upon a time', model: 'x' }))
      .body;
    expect({ content, stop, model }).toEqual({ content: smokeAnswers.text, stop: true, model: 'x' });
  });

  it('Mistral’s gap is filled', async () => {
    const { choices } = (await ask('/v1/fim/completions', { prompt: 'def a():\n    ', suffix: '\n' })).body;
    expect(choices).toMatchObject([{ text: smokeAnswers.fim, message: { content: smokeAnswers.fim } }]);
  });
});
