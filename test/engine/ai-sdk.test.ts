import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateText, isStepCount, streamText, tool } from 'ai';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  longAnswerPhrase,
  smokeAnswers,
  smokeToolCall,
  toolCallPhrase,
} from '../../src/models/smoke/answers.ts';
import { configurationWith, key, portOf, testApp, until } from '../unit/gateway/support.ts';
import { type Engine, startEngine } from './support/llama-server.ts';

/* Vercel's AI SDK with its provider for OpenAI-compatible servers: opencode and Cline ask through it. */

const contextSize = 2048;
let engine: Engine;
let app: FastifyInstance;
const provider = (apiKey = key) =>
  createOpenAICompatible({
    name: 'onepilot',
    baseURL: `http://127.0.0.1:${portOf(app.server)}/v1`,
    apiKey,
    includeUsage: true,
  });
const model = () => provider()('onepilot-smoke');
const usual = { maxRetries: 0, maxOutputTokens: 1000 } as const;

const readFile = tool({
  description: 'Reads a file.',
  inputSchema: z.object({ path: z.string() }),
  execute: async ({ path }) => `${path} is empty.`,
});
const tools = { [smokeToolCall.name]: readFile };

beforeAll(async () => {
  const models = { 'onepilot-smoke': { 'ctx-size': contextSize * 2 }, 'onepilot-random': {} };
  engine = await startEngine({ models });
  const configuration = configurationWith({
    models: [
      { id: 'onepilot-smoke', roles: ['chat'], contextSize },
      { id: 'onepilot-random', roles: ['chat'], contextSize: 8192 },
    ],
  });
  app = testApp({ configuration }, engine.socketPath);
  await app.listen({ port: 0, host: '127.0.0.1' });
});

afterAll(async () => {
  await app?.close();
  await engine?.stop();
});

describe('a text', () => {
  it('is answered', async () => {
    const { text, finishReason, usage } = await generateText({ ...usual, model: model(), prompt: 'Hello' });
    expect(text).toBe(smokeAnswers.chat);
    expect(finishReason).toBe('stop');
    expect(usage.inputTokens).toBeGreaterThan(0);
    expect(usage.outputTokens).toBeGreaterThan(0);
  });

  it('is streamed, with the use at its end', async () => {
    const stream = streamText({ ...usual, model: model(), prompt: `A ${longAnswerPhrase}, please` });
    const parts: string[] = [];
    for await (const part of stream.textStream) parts.push(part);
    expect(parts.join('')).toBe(smokeAnswers.long);
    expect(parts.length).toBeGreaterThan(100);
    expect(await stream.finishReason).toBe('stop');
    expect((await stream.usage).inputTokens).toBeGreaterThan(0);
    expect((await stream.usage).outputTokens).toBeGreaterThan(100);
  });

  it('that is cut off says so', async () => {
    const { finishReason } = await generateText({
      ...usual,
      model: model(),
      prompt: 'Hello',
      maxOutputTokens: 3,
    });
    expect(finishReason).toBe('length');
  });
});

describe('a tool', () => {
  const asked = { ...usual, prompt: `Please ${toolCallPhrase}`, tools, stopWhen: isStepCount(2) };

  it('is called, and its result read', async () => {
    const { steps, text } = await generateText({ ...asked, model: model() });
    expect(steps[0]?.toolCalls).toMatchObject([
      { toolName: smokeToolCall.name, input: smokeToolCall.arguments },
    ]);
    expect(steps[0]?.toolResults).toMatchObject([{ output: 'README.md is empty.' }]);
    expect(text).toBe(smokeAnswers.chat);
  });

  it('is called from a stream', async () => {
    const stream = streamText({ ...asked, model: model() });
    expect(await stream.text).toBe(smokeAnswers.chat);
    const [first] = await stream.steps;
    expect(first?.finishReason).toBe('tool-calls');
    expect(first?.toolCalls).toMatchObject([{ input: smokeToolCall.arguments }]);
  });
});

describe('an error', () => {
  const tooLong = 'word '.repeat(contextSize * 2);

  it.each([true, false])(
    'of a prompt that is too long has the code by which opencode compacts (stream %s)',
    async (stream) => {
      const error = await failureOf(stream, provider()('onepilot-smoke'), tooLong);
      if (!APICallError.isInstance(error)) throw error;
      expect(error.statusCode).toBe(400);
      expect(error.isRetryable).toBe(false);
      expect(error.message).toMatch(/maximum context length is 2048 tokens/);
      expect(JSON.parse(error.responseBody ?? '').error.code).toBe('context_length_exceeded');
    },
  );

  it.each([true, false])('of a wrong key is not tried again (stream %s)', async (stream) => {
    const error = await failureOf(stream, provider('sk-wrong')('onepilot-smoke'), 'Hello');
    if (!APICallError.isInstance(error)) throw error;
    expect(error.statusCode).toBe(401);
    expect(error.isRetryable).toBe(false);
    expect(error.message).toMatch(/API key/);
  });
});

it('a stream that is aborted frees its slot', async () => {
  const controller = new AbortController();
  const stream = streamText({
    ...usual,
    model: provider()('onepilot-random'),
    prompt: 'Go on for ever',
    maxOutputTokens: 8000,
    providerOptions: { onepilot: { ignore_eos: true } },
    abortSignal: controller.signal,
  });
  const kinds: string[] = [];
  const read = (async () => {
    for await (const { type } of stream.fullStream) kinds.push(type);
  })();
  await until(async () => (await busySlots()) === 1, 30);
  controller.abort();
  await read;
  expect(kinds.at(-1)).toBe('abort');
  await until(async () => (await busySlots()) === 0, 10);
});

async function failureOf(
  stream: boolean,
  model: Parameters<typeof generateText>[0]['model'],
  prompt: string,
): Promise<unknown> {
  if (!stream) return generateText({ ...usual, model, prompt }).catch((error) => error);
  let thrown: unknown;
  const onError = ({ error }: { error: unknown }) => {
    thrown = error;
  };
  await streamText({ ...usual, model, prompt, onError }).consumeStream();
  return thrown;
}

async function busySlots(): Promise<number> {
  const { text } = await engine.call('/slots?model=onepilot-random');
  const slots: { is_processing: boolean }[] = JSON.parse(text);
  return slots.filter((slot) => slot.is_processing).length;
}
