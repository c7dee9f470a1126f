import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import OpenAI, { APIUserAbortError, BadRequestError } from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { connectEngine, type Engine as EngineClient } from '../../src/engine/client.ts';
import { buildApp } from '../../src/gateway/app.ts';
import { inForce } from '../../src/gateway/in-force.ts';
import { generateKey, recordGenerated } from '../../src/keys/record.ts';
import { emptyKeyStore } from '../../src/keys/store.ts';
import {
  longAnswerPhrase,
  smokeAnswers,
  smokeToolCall,
  toolCallPhrase,
} from '../../src/models/smoke/answers.ts';
import { type Engine, startEngine } from './support/llama-server.ts';

let engine: Engine;
let engineClient: EngineClient;
let app: FastifyInstance;
let client: OpenAI;

/** Small enough for a prompt to overflow. */
const contextSize = 2048;

beforeAll(async () => {
  // Two slots share the context.
  engine = await startEngine({
    models: { 'onepilot-smoke': { 'ctx-size': contextSize * 2 }, 'onepilot-random': {} },
  });
  engineClient = connectEngine(engine.socketPath);
  const key = generateKey();
  const configuration = {
    tls: { own: '', authority: '' },
    engine: { socket: engine.socketPath },
    status: '/nonexistent/status.json',
    keyStore: '/nonexistent/keys.json',
    models: [
      { id: 'onepilot-smoke', roles: ['chat' as const], contextSize },
      { id: 'onepilot-random', roles: ['chat' as const], contextSize: 8192 },
    ],
    keys: [recordGenerated('initial', key)],
    problems: [],
  };
  app = buildApp({
    live: { current: inForce(configuration, emptyKeyStore, '') },
    engine: engineClient,
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  client = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 });
});

afterAll(async () => {
  app?.server.closeAllConnections();
  await app?.close();
  await engine?.stop();
});

const readFile = {
  type: 'function' as const,
  name: smokeToolCall.name,
  parameters: { type: 'object', properties: { path: { type: 'string' } } },
  strict: false,
};

describe('through the official client', () => {
  it('a response is created', async () => {
    const response = await client.responses.create({
      model: 'gpt-5',
      instructions: 'Be brief.',
      input: 'Hello',
      metadata: { topic: 'demo' },
    });
    expect(response).toMatchObject({
      output_text: smokeAnswers.chat,
      status: 'completed',
      model: 'gpt-5',
      store: false,
      metadata: { topic: 'demo' },
    });
    const { input_tokens = 0, output_tokens = 0, total_tokens } = response.usage ?? {};
    expect(input_tokens).toBeGreaterThan(0);
    expect(output_tokens).toBeGreaterThan(0);
    expect(total_tokens).toBe(input_tokens + output_tokens);
  });

  it('a response is streamed, and its parts make up the whole', async () => {
    const stream = client.responses.stream({ model: 'm', input: [{ role: 'user', content: 'Hello' }] });
    let text = '';
    const types: string[] = [];
    for await (const event of stream) {
      types.push(event.type);
      if (event.type === 'response.output_text.delta') text += event.delta;
    }
    expect(text).toBe(smokeAnswers.chat);
    expect([types[0], types.at(-1)]).toEqual(['response.created', 'response.completed']);
    const response = await stream.finalResponse();
    expect(response.output_text).toBe(smokeAnswers.chat);
    expect(response.usage?.output_tokens).toBeGreaterThan(0);
  });

  it.each([false, true])('a tool is called and its output is read (stream %s)', async (stream) => {
    const asked = {
      model: 'm',
      input: [{ role: 'user' as const, content: `Please ${toolCallPhrase}` }],
      tools: [readFile],
    };
    const response = stream
      ? await client.responses.stream(asked).finalResponse()
      : await client.responses.create(asked);
    const calls = response.output.flatMap((item) => (item.type === 'function_call' ? [item] : []));
    expect(calls).toMatchObject([{ name: smokeToolCall.name, status: 'completed' }]);
    expect(calls.map((call) => JSON.parse(call.arguments))).toEqual([smokeToolCall.arguments]);

    const results = calls.map(({ call_id }) => ({
      type: 'function_call_output' as const,
      call_id,
      output: '# One',
    }));
    const input = [...asked.input, ...calls, ...results];
    const next = await client.responses.create({ ...asked, input });
    expect(next.output_text).toBe(smokeAnswers.chat);
  });

  it('structured output has the structure', async () => {
    const Answer = z.object({ kind: z.enum(['one', 'two']), right: z.boolean() });
    const format = zodTextFormat(Answer, 'answer');
    const response = await client.responses.parse({ model: 'm', input: 'Hello', text: { format } });
    expect(Answer.parse(response.output_parsed)).toEqual(response.output_parsed);
  });

  it.each([false, true])('an answer cut off is incomplete, and says why (stream %s)', async (stream) => {
    const asked = { model: 'm', input: `A ${longAnswerPhrase}, please`, max_output_tokens: 16 };
    const response = stream
      ? await client.responses.stream(asked).finalResponse()
      : await client.responses.create(asked);
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      usage: { output_tokens: 16 },
    });
    expect(smokeAnswers.long.startsWith(response.output_text)).toBe(true);
  });

  it('a previous response is not found, by the code that clients recover from', async () => {
    const error = await client.responses
      .create({ model: 'm', input: 'Hello', previous_response_id: 'resp_1' })
      .catch((thrown) => thrown);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error.code).toBe('previous_response_not_found');
  });

  it('a prompt that is too long is refused, within a stream if one is wanted', async () => {
    const asked = { model: 'm', input: 'word '.repeat(contextSize * 2) };
    const error = await client.responses.create(asked).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error.code).toBe('context_length_exceeded');

    const events = [];
    for await (const event of await client.responses.create({ ...asked, stream: true })) events.push(event);
    expect(events.at(-1)).toMatchObject({
      type: 'response.failed',
      response: { status: 'failed', error: { code: 'context_length_exceeded' } },
    });
  });

  it('a client that leaves frees the slot', async () => {
    // The random model never ends by itself: thousands of tokens, some ten seconds.
    const asked = { model: 'onepilot-random', input: 'Hello', max_output_tokens: 8000, ignore_eos: true };
    const stream = client.responses.stream(asked);
    const failed = stream.finalResponse().catch((thrown) => thrown);
    await until(async () => (await busySlots()) === 1);
    stream.abort();
    expect(await failed).toBeInstanceOf(APIUserAbortError);
    await until(async () => (await busySlots()) === 0);
  });
});

async function busySlots(): Promise<number> {
  const { text } = await engine.call('/slots?model=onepilot-random');
  const slots: { is_processing: boolean }[] = JSON.parse(text);
  return slots.filter((slot) => slot.is_processing).length;
}

/** Shorter than the random model would go on by itself. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('It did not become so within 5 seconds.');
    await sleep(100);
  }
}
