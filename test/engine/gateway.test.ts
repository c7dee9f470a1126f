import { readFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI, { AuthenticationError, BadRequestError, NotFoundError } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeThrowawayCertificate } from '../../scripts/support/throwaway-certificate.ts';
import { type Gateway, startGateway } from '../../src/gateway/start.ts';
import { generateKey, recordChosen, recordGenerated } from '../../src/keys/record.ts';
import { smokeAnswers, smokeToolCall, toolCallPhrase } from '../../src/models/smoke/answers.ts';
import { type Engine, startEngine } from './support/llama-server.ts';

let engine: Engine;
let gateway: Gateway;
let client: OpenAI;
let certificate: string;
const key = generateKey();
const password = 'correct horse battery';

/** Small enough for a prompt to overflow. */
const contextSize = 2048;

beforeAll(async () => {
  // Two slots share the context.
  const models = { 'onepilot-smoke': { 'ctx-size': contextSize * 2 }, 'onepilot-random': {} };
  engine = await startEngine({ models });
  const tls = await writeThrowawayCertificate(engine.directory);
  certificate = await readFile(tls.own, 'utf8');
  gateway = await startGateway({
    configuration: async () => ({
      tls,
      engine: { socket: engine.socketPath },
      status: '/nonexistent/status.json',
      keyStore: '/nonexistent/keys.json',
      models: [
        { id: 'onepilot-smoke', roles: ['chat', 'complete'], contextSize },
        { id: 'onepilot-random', roles: ['chat'], contextSize: 8192 },
      ],
      keys: [recordGenerated('initial', key), recordChosen('chosen', password)],
      problems: [],
    }),
    listen: { host: '127.0.0.1', port: 0 },
    drain: { goodbye: 50, deadline: 1000 },
  });
  client = clientWith(key);
});

afterAll(async () => {
  await gateway?.close();
  await engine?.stop();
});

/** The official client, over TLS that it checks against our certificate, without retries that hide errors. */
function clientWith(apiKey: string): OpenAI {
  return new OpenAI({
    apiKey,
    baseURL: `https://127.0.0.1:${gateway.port}/v1`,
    maxRetries: 0,
    fetch: trustingFetch,
  });
}

/** `fetch` that trusts the throwaway certificate; Node's own takes an authority only from its environment. */
const trustingFetch: typeof fetch = async (input, init) => {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const headers = Object.fromEntries(new Headers(init?.headers));
  const options = {
    method: init?.method ?? 'GET',
    headers,
    ca: certificate,
    agent: false,
    ...signalOf(init),
  };
  const outgoing = httpsRequest(String(input), options, (incoming) => {
    const body = new ReadableStream({
      start(controller) {
        incoming.on('data', (chunk) => controller.enqueue(new Uint8Array(chunk)));
        incoming.once('end', () => controller.close());
        incoming.once('error', (error) => controller.error(error));
      },
      cancel: () => void incoming.destroy(),
    });
    const answered = Object.entries(incoming.headers).map(([name, value]): [string, string] => [
      name,
      String(value),
    ]);
    resolve(new Response(body, { status: incoming.statusCode ?? 0, headers: answered }));
  });
  outgoing.once('error', reject);
  outgoing.end(typeof init?.body === 'string' ? init.body : undefined);
  return promise;
};

function signalOf(init: RequestInit | undefined): { signal?: AbortSignal } {
  return init?.signal ? { signal: init.signal } : {};
}

const hello = [{ role: 'user' as const, content: 'Hello' }];

describe('through the official client', () => {
  it('models are those of the configuration', async () => {
    const { data } = await client.models.list();
    expect(data[0]).toMatchObject({ id: 'onepilot-smoke', object: 'model', context_length: contextSize });
    expect(data).toHaveLength(2);
    expect((await client.models.retrieve('onepilot-smoke')).id).toBe('onepilot-smoke');
    await expect(client.models.retrieve('gpt-5')).rejects.toThrow(NotFoundError);
  });

  it('a chat is answered, under the id it asked for', async () => {
    const answer = await client.chat.completions.create({ model: 'gpt-5', messages: hello });
    expect(answer.choices[0]?.message.content).toBe(smokeAnswers.chat);
    expect(answer.model).toBe('gpt-5');
    expect(answer.usage?.total_tokens).toBeGreaterThan(0);
  });

  it('a chosen password is as good as a generated key', async () => {
    const answer = await clientWith(password).chat.completions.create({ model: 'm', messages: hello });
    expect(answer.choices[0]?.message.content).toBe(smokeAnswers.chat);
  });

  it('a chat is streamed', async () => {
    const stream = await client.chat.completions.create({
      model: 'my-name',
      messages: hello,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(smokeAnswers.chat);
    expect(new Set(chunks.map(({ model }) => model))).toEqual(new Set(['my-name']));
    expect(chunks.at(-1)?.usage?.total_tokens).toBeGreaterThan(0);
  });

  it('a tool is called', async () => {
    const answer = await client.chat.completions.create({
      model: 'm',
      messages: [{ role: 'user', content: `Please ${toolCallPhrase}` }],
      tools: [{ type: 'function', function: { name: smokeToolCall.name, parameters: { type: 'object' } } }],
    });
    const call = answer.choices[0]?.message.tool_calls?.[0];
    expect(call).toMatchObject({ type: 'function', function: { name: smokeToolCall.name } });
  });

  it('a text is continued', async () => {
    const answer = await client.completions.create({
      model: 'm',
      prompt: 'Once upon a time',
      max_tokens: 50,
    });
    expect(answer.choices[0]?.text).toBe(smokeAnswers.text);
    expect(answer.model).toBe('m');
  });

  it('a gap is filled when there is a suffix, streamed or not', async () => {
    const asked = { model: 'fim', prompt: 'function f() {\n  ', suffix: '}\n', max_tokens: 50 };
    const answer = await client.completions.create(asked);
    expect(answer).toMatchObject({ object: 'text_completion', model: 'fim' });
    expect(answer.choices).toMatchObject([{ text: smokeAnswers.fim, finish_reason: 'stop' }]);
    expect(answer.usage?.completion_tokens).toBeGreaterThan(0);

    let text = '';
    const stream = await client.completions.create({ ...asked, stream: true });
    for await (const chunk of stream) text += chunk.choices[0]?.text ?? '';
    expect(text).toBe(smokeAnswers.fim);
  });

  it('a wrong key is an AuthenticationError', async () => {
    const wrong = clientWith(generateKey());
    await expect(wrong.chat.completions.create({ model: 'm', messages: hello })).rejects.toThrow(
      AuthenticationError,
    );
  });

  it.each([false, true])(
    'a prompt that is too long says so in words clients know (stream %s)',
    async (stream) => {
      const messages = [{ role: 'user' as const, content: 'word '.repeat(contextSize * 2) }];
      const error = await client.chat.completions
        .create({ model: 'm', messages, stream })
        .catch((thrown) => thrown);
      expect(error).toBeInstanceOf(BadRequestError);
      expect(error.code).toBe('context_length_exceeded');
      expect(error.message).toMatch(
        /This model's maximum context length is \d+ tokens\. However, your request has \d+/,
      );
    },
  );

  it('what the template or the types refuse is 400, not 500', async () => {
    const bad = { model: 'm', messages: [{ role: 'user', content: [{ type: 'nonsense' }] }] };
    await expect(client.post('/chat/completions', { body: bad })).rejects.toThrow(BadRequestError);
    const types = { model: 'm', messages: hello, temperature: 'hot', tools: [3] };
    await expect(client.post('/chat/completions', { body: types })).rejects.toThrow(BadRequestError);
  });
});

describe('llama-server as it is behind the gateway', () => {
  it.each([true, false])('frees the slot of a client that leaves (stream %s)', async (stream) => {
    const controller = new AbortController();
    // The random model never ends by itself: thousands of tokens, some ten seconds.
    const body = { model: 'onepilot-random', messages: hello, stream, max_tokens: 8000, ignore_eos: true };
    const asked = client.post('/chat/completions', { body, stream, signal: controller.signal });
    asked.catch(() => {});
    await until(async () => (await busySlots()) === 1);
    await sleep(300);
    expect(await busySlots()).toBe(1);
    controller.abort();
    const left = performance.now();
    await until(async () => (await busySlots()) === 0);
    expect(performance.now() - left).toBeLessThan(2000);
  });

  it('answers /infill in its own shape', async () => {
    const body = { input_prefix: 'a', input_suffix: 'b', n_cmpl: 3, id_slot: 0, n_predict: 50 };
    const answer = await client.post('/infill', { body });
    expect(answer).toMatchObject({ content: smokeAnswers.fim, model: 'onepilot-smoke', stop: true });
  });

  it('is loaded again after its model was taken away', async () => {
    await engine.call('/models/unload', { model: 'onepilot-smoke' });
    await until(async () => (await health()) !== 200);
    const refused = await client.chat.completions
      .create({ model: 'm', messages: hello })
      .catch((thrown) => thrown);
    expect(refused).toMatchObject({ status: 503, code: 'engine_loading' });
    expect(refused.headers.get('retry-after')).toBe('5');
    await until(async () => (await health()) === 200);
    const answer = await client.chat.completions.create({ model: 'm', messages: hello });
    expect(answer.choices[0]?.message.content).toBe(smokeAnswers.chat);
  });
});

async function health(): Promise<number> {
  return (await trustingFetch(`https://127.0.0.1:${gateway.port}/health`)).status;
}

async function busySlots(): Promise<number> {
  const { text } = await engine.call('/slots?model=onepilot-random');
  const slots: { is_processing: boolean }[] = JSON.parse(text);
  return slots.filter((slot) => slot.is_processing).length;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('It did not become so within 30 seconds.');
    await sleep(100);
  }
}
