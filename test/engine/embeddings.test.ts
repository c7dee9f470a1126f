import type { FastifyInstance } from 'fastify';
import OpenAI, { BadRequestError } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configurationWith, key, portOf, testApp, until } from '../unit/gateway/support.ts';
import { type Engine, startEngine } from './support/llama-server.ts';

/** `pooling = last` splits a text into batches, any other way of pooling does not: their limits are told differently. */
const splits = 'onepilot-random';
const whole = 'mean-of-all';
const contextSize = 1024;

let engine: Engine;
let app: FastifyInstance;
let client: OpenAI;

beforeAll(async () => {
  const common = { embeddings: true, parallel: 1, 'ctx-size': contextSize, 'load-mode': 'none' };
  engine = await startEngine({
    models: {
      [splits]: { ...common, pooling: 'last', 'batch-size': 128, 'ubatch-size': 128 },
      [whole]: { ...common, pooling: 'mean', 'batch-size': 256, 'ubatch-size': 256 },
    },
  });
  const models = [splits, whole].map((id) => ({ id, roles: ['embed' as const], contextSize }));
  app = testApp({ configuration: configurationWith({ models }) }, engine.socketPath);
  await app.listen({ port: 0, host: '127.0.0.1' });
  client = new OpenAI({ apiKey: key, baseURL: `http://127.0.0.1:${portOf(app.server)}/v1`, maxRetries: 0 });
});

afterAll(async () => {
  await app?.close();
  await engine?.stop();
});

const words = (count: number, first = 0) =>
  Array.from({ length: count }, (_, index) => `word${first + index}`).join(' ');

const busySlots = async () => {
  const { text } = await engine.call(`/slots?model=${splits}`);
  const slots: { is_processing: boolean }[] = JSON.parse(text);
  return slots.filter((slot) => slot.is_processing).length;
};

const timed = async (work: () => Promise<unknown>) => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

describe('embeddings through the official client', () => {
  it('come in the order of the texts, one vector each, the same for the same text', async () => {
    // The client asks for base64 and decodes it, unless told otherwise.
    const { data, usage, model } = await client.embeddings.create({
      model: 'm',
      input: ['one', 'two', 'one'],
    });
    expect(data.map(({ index }) => index)).toEqual([0, 1, 2]);
    const [one = [], two = [], again = []] = data.map(({ embedding }) => embedding);
    expect(one.length).toBeGreaterThan(0);
    expect(Math.hypot(...one)).toBeCloseTo(1);
    expect(again).toEqual(one);
    expect(two).not.toEqual(one);
    expect(usage.prompt_tokens).toBeGreaterThan(2);
    expect(model).toBe('m');
  });

  it('are the same as numbers and as base64, and for one text and a list with it', async () => {
    const wanted = { model: 'm', input: 'the same text' };
    const numbers = await client.embeddings.create({ ...wanted, encoding_format: 'float' });
    const { data } = await client.embeddings.create({ ...wanted, input: [wanted.input] });
    const vector = data[0]?.embedding ?? [];
    for (const [index, value] of (numbers.data[0]?.embedding ?? []).entries()) {
      expect(vector[index]).toBeCloseTo(value, 5);
    }
    expect(numbers.data[0]?.embedding).toHaveLength(vector.length);
  });

  it('are made of tokens too, and no others than the model knows', async () => {
    const { data, usage } = await client.embeddings.create({ model: 'm', input: [[5, 6], [7]] });
    expect(data).toHaveLength(2);
    expect(usage.total_tokens).toBe(3);
    const unknown = client.embeddings.create({ model: 'm', input: [2 ** 30] });
    await expect(unknown).rejects.toThrow(BadRequestError);
  });

  it('have the dimensions of the model and no others', async () => {
    const wanted = { model: 'm', input: 'a' };
    const { data } = await client.embeddings.create(wanted);
    const dimensions = data[0]?.embedding.length ?? 0;
    await client.embeddings.create({ ...wanted, dimensions });
    const other = client.embeddings.create({ ...wanted, dimensions: dimensions / 2 });
    await expect(other).rejects.toMatchObject({ status: 400, param: 'dimensions' });
  });

  it.each([
    [splits, contextSize],
    [whole, 256],
  ])('of a text that is too long for %s are refused with the limit', async (model, limit) => {
    const error = await client.embeddings
      .create({ model, input: words(contextSize) })
      .catch((thrown) => thrown);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ code: 'context_length_exceeded', param: 'input' });
    expect(error.message).toContain(`This model's maximum context length is ${limit} tokens.`);
  });

  it('are in the list of models and no longer begun when the client has left', async () => {
    const { data } = await client.models.list();
    expect(data.map(({ id }) => id)).toEqual([splits, whole]);

    const texts = Array.from({ length: 60 }, (_, index) => words(120, index));
    const all = await timed(() => client.embeddings.create({ model: splits, input: texts }));
    const controller = new AbortController();
    const asked = client.embeddings.create({ model: splits, input: texts }, { signal: controller.signal });
    asked.catch(() => {});
    await until(async () => (await busySlots()) === 1, 30);
    controller.abort();
    const rest = await timed(() => until(async () => (await busySlots()) === 0, 60));
    expect(rest).toBeLessThan(all / 2);
  });

  it('wait for the model with 503 after it was taken away, and come once it is back', async () => {
    await engine.call('/models/unload', { model: splits });
    const ask = () => client.embeddings.create({ model: splits, input: 'a' });
    await until(async () => {
      const { status, code } = await ask().catch((thrown) => thrown);
      return status === 503 && code === 'engine_loading';
    }, 30);
    await until(async () => Boolean(await ask().catch(() => undefined)), 60);
  });
});
