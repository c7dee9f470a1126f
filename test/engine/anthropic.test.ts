import { setTimeout as sleep } from 'node:timers/promises';
import Anthropic, { APIUserAbortError, AuthenticationError, BadRequestError } from '@anthropic-ai/sdk';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  longAnswerPhrase,
  smokeAnswers,
  smokeToolCall,
  toolCallPhrase,
} from '../../src/models/smoke/answers.ts';
import { configurationWith, key, portOf, testApp, until } from '../unit/gateway/support.ts';
import { type Engine, startEngine } from './support/llama-server.ts';

let engine: Engine;
let app: FastifyInstance;
let client: Anthropic;

/** Small enough for a prompt to overflow. */
const contextSize = 2048;

beforeAll(async () => {
  // Two slots share the context.
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
  client = clientWith({ apiKey: key });
});

afterAll(async () => {
  await app?.close();
  await engine?.stop();
});

const address = () => `http://127.0.0.1:${portOf(app.server)}`;

/** The official client, without retries that hide errors. */
function clientWith(credentials: { apiKey?: string; authToken?: string }): Anthropic {
  return new Anthropic({ apiKey: null, authToken: null, ...credentials, baseURL: address(), maxRetries: 0 });
}

const hello = [{ role: 'user' as const, content: 'Hello' }];
const asked = { model: 'claude-opus-4-6', max_tokens: 500, messages: hello };
const tools = [{ name: smokeToolCall.name, input_schema: { type: 'object' as const } }];

describe('through the official client', () => {
  it('a message is answered, under the model’s name that it asked for', async () => {
    const { data, request_id } = await client.messages.create(asked).withResponse();
    expect(data).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: 'claude-opus-4-6',
      content: [{ type: 'text', text: smokeAnswers.chat }],
      stop_reason: 'end_turn',
      stop_sequence: null,
    });
    expect(data.id).toBe(`msg_${request_id?.replaceAll('-', '')}`);
    expect(data.usage.input_tokens + (data.usage.cache_read_input_tokens ?? 0)).toBeGreaterThan(0);
    expect(data.usage.output_tokens).toBeGreaterThan(0);
  });

  it('a message is streamed', async () => {
    const stream = client.messages.stream(asked);
    let text = '';
    stream.on('text', (piece) => {
      text += piece;
    });
    const message = await stream.finalMessage();
    expect(text).toBe(smokeAnswers.chat);
    expect(message).toMatchObject({ content: [{ type: 'text', text }], stop_reason: 'end_turn' });
    expect(message.usage.output_tokens).toBeGreaterThan(0);
    expect(message.usage.input_tokens + (message.usage.cache_read_input_tokens ?? 0)).toBeGreaterThan(0);
  });

  it('a token is as good as a key, and the beta’s path as the other', async () => {
    const answer = await clientWith({ authToken: key }).beta.messages.create({
      ...asked,
      betas: ['mid-conversation-system-2026-04-07'],
      messages: [...hello, { role: 'system', content: 'Be brief.' }],
    });
    expect(answer.content).toMatchObject([{ text: smokeAnswers.chat }]);
  });

  it.each([true, false])('a tool is called, and its result read (stream %s)', async (stream) => {
    const messages = [{ role: 'user' as const, content: `Please ${toolCallPhrase}` }];
    const request = { ...asked, messages, tools };
    const message = stream
      ? await client.messages.stream(request).finalMessage()
      : await client.messages.create(request);
    expect(message.stop_reason).toBe('tool_use');
    const call = message.content.find((block) => block.type === 'tool_use');
    expect(call).toMatchObject({ name: smokeToolCall.name, input: smokeToolCall.arguments });

    const result = { type: 'tool_result' as const, tool_use_id: call?.id ?? '', content: 'It is empty.' };
    const after = await client.messages.create({
      ...request,
      messages: [
        ...messages,
        { role: 'assistant', content: message.content },
        { role: 'user', content: [result] },
      ],
    });
    expect(after.content).toMatchObject([{ type: 'text', text: smokeAnswers.chat }]);
  });

  it('an answer that the client began itself goes on from there', async () => {
    const began = { role: 'assistant' as const, content: 'This' };
    const answer = await client.messages.create({ ...asked, messages: [...hello, began] });
    expect(answer.content).toMatchObject([{ type: 'text', text: smokeAnswers.text }]);
  });

  it('a limit and a stop sequence say that they ended the answer', async () => {
    const limited = await client.messages.create({ ...asked, max_tokens: 3 });
    expect(limited.stop_reason).toBe('max_tokens');
    const word = 'automaton';
    const stopped = await client.messages.create({ ...asked, stop_sequences: ['nowhere', word] });
    expect(stopped).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: word });
    expect(stopped.content).toMatchObject([
      { text: smokeAnswers.chat.slice(0, smokeAnswers.chat.indexOf(word)) },
    ]);
    const streamed = await client.messages.stream({ ...asked, stop_sequences: [word] }).finalMessage();
    expect(streamed).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: word });
  });

  it('tokens are counted as the engine counts them', async () => {
    const request = { model: 'm', messages: hello, system: 'Be brief.', tools };
    const { input_tokens } = await client.messages.countTokens(request);
    const { usage } = await client.messages.create({ ...request, max_tokens: 1 });
    expect(usage.input_tokens + (usage.cache_read_input_tokens ?? 0)).toBe(input_tokens);
    const longer = await client.messages.countTokens({ ...request, system: 'Be brief and kind.' });
    expect(longer.input_tokens).toBeGreaterThan(input_tokens);
  });

  it('what was said before is found in the cache, thoughts asked for or not', async () => {
    const messages = [{ role: 'user' as const, content: 'word '.repeat(200) }];
    const request = { ...asked, model: 'onepilot-random', max_tokens: 8, messages };
    await client.messages.create(request);
    const again = await client.messages.create({ ...request, thinking: { type: 'adaptive' } });
    expect(again.usage.cache_read_input_tokens).toBeGreaterThan(100);
  });

  it.each([true, false])(
    'a prompt that is too long is what makes clients compact it (stream %s)',
    async (stream) => {
      const messages = [{ role: 'user' as const, content: 'word '.repeat(contextSize * 2) }];
      const error = await client.messages.create({ ...asked, messages, stream }).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(BadRequestError);
      expect(error.type).toBe('invalid_request_error');
      expect(error.apiMessage).toMatch(/^prompt is too long: \d+ tokens > 2048 maximum$/);
      expect(error.errorCode).toBe('context_length_exceeded');
      expect(error.requestID).toMatch(/./);
    },
  );

  it('a wrong key is an AuthenticationError', async () => {
    const wrong = clientWith({ apiKey: 'sk-wrong' });
    await expect(wrong.messages.create(asked)).rejects.toThrow(AuthenticationError);
    await expect(wrong.messages.countTokens(asked)).rejects.toThrow(AuthenticationError);
  });

  it('a picture is refused, since the model cannot see', async () => {
    const source = { type: 'base64' as const, media_type: 'image/png' as const, data: 'aGk=' };
    const messages = [{ role: 'user' as const, content: [{ type: 'image' as const, source }] }];
    const error = await client.messages.create({ ...asked, messages }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error.apiMessage).toMatch(/image input is not supported/);
  });

  it('HEAD / says that somebody is there', async () => {
    expect((await fetch(`${address()}/`, { method: 'HEAD' })).status).toBe(200);
  });

  it('a request that is aborted frees its slot', async () => {
    const request = { ...asked, model: 'onepilot-random', max_tokens: 8000 };
    const body = { ...request, ignore_eos: true };
    const stream = client.messages.stream(body);
    const ended = stream.finalMessage().catch((thrown) => thrown);
    await until(async () => (await busySlots()) === 1, 30);
    stream.abort();
    expect(await ended).toBeInstanceOf(APIUserAbortError);
    await until(async () => (await busySlots()) === 0, 10);
  });
});

it('a long answer comes in pieces', async () => {
  const messages = [{ role: 'user' as const, content: `A ${longAnswerPhrase}, please` }];
  let deltas = 0;
  let text = '';
  for await (const event of await client.messages.create({
    ...asked,
    max_tokens: 1000,
    messages,
    stream: true,
  })) {
    if (event.type !== 'content_block_delta' || event.delta.type !== 'text_delta') continue;
    deltas += 1;
    text += event.delta.text;
  }
  expect(text).toBe(smokeAnswers.long);
  expect(deltas).toBeGreaterThan(100);
});

async function busySlots(): Promise<number> {
  await sleep(100);
  const { text } = await engine.call('/slots?model=onepilot-random');
  const slots: { is_processing: boolean }[] = JSON.parse(text);
  return slots.filter((slot) => slot.is_processing).length;
}
