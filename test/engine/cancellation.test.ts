import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Served } from '../../src/gateway/accounts/served.ts';
import { dialectsByPath } from '../../src/gateway/dialects/table.ts';
import { authorization, configurationWith, portOf, testApp, until } from '../unit/gateway/support.ts';
import { type Engine, startEngine } from './support/llama-server.ts';
import { longRequests } from './support/long-requests.ts';
import { slotLog } from './support/slot-log.ts';

const model = 'onepilot-random';
/** Tokens; the model reads some ten thousand of them in seconds, and says eight thousand in a minute. */
const contextSize = 65_536;
const answerTokens = 8000;
const promptWords = 10_000;

const paths = Object.keys(dialectsByPath);
/** The engine shortens what is around a gap to its batch: there is no time to leave in. */
const readingPaths = paths.filter((path) => !['/infill', '/v1/fim/completions'].includes(path));

let engine: Engine;
let app: FastifyInstance;
let accounts: Served[];

beforeAll(async () => {
  engine = await startEngine({ models: { [model]: {} }, defaults: { parallel: 1, 'ctx-size': contextSize } });
});
afterAll(() => engine?.stop());

beforeEach(async () => {
  accounts = [];
  const models = [{ id: model, roles: ['chat' as const, 'complete' as const], contextSize, slots: 1 }];
  const accountants = [(served: Served) => void accounts.push(served)];
  app = testApp({ configuration: configurationWith({ models }), accountants }, engine.socketPath);
  await app.listen({ port: 0, host: '127.0.0.1' });
  return async () => {
    app.server.closeAllConnections();
    await app.close();
  };
});

interface Asked {
  leave(): void;
  /** What has come of the answer so far. */
  readonly text: string;
}

/** Not over a connection that is kept: leaving closes it. */
function ask(path: string, body: object): Asked {
  const leaving = new AbortController();
  const asked = { text: '', leave: () => leaving.abort() };
  const reading = async () => {
    const response = await fetch(`http://127.0.0.1:${portOf(app.server)}${path}`, {
      method: 'POST',
      headers: { authorization },
      body: JSON.stringify({ model, ...body }),
      signal: leaving.signal,
    });
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) asked.text += chunk;
  };
  reading().catch(() => {});
  return asked;
}

/** Different from the first word on: nothing of it is in the cache. */
const longPrompt = () => `${randomUUID()} ${'word '.repeat(promptWords)}`;

describe.each([true, false])('a client that leaves frees the slot (stream %s)', (stream) => {
  it.each(readingPaths)('while its prompt is read: %s', async (path) => {
    const log = await slotLog(engine);
    const client = ask(path, { stream, ...longRequests[path]?.(longPrompt(), 2) });
    await until(async () => (await log.begun()) === 1, 20);
    client.leave();
    await until(async () => (await log.released()).length === 1, 20);
    expect((await log.released())[0]).toBeLessThan(promptWords);
    expect(accounts).toMatchObject([{ outcome: 'left', tokens: { answer: 0 } }]);
  });

  it.each(paths)('while it is answered: %s', async (path) => {
    const log = await slotLog(engine);
    const client = ask(path, { stream, ...longRequests[path]?.('Hello', answerTokens) });
    await until(async () => (await log.begun()) === 1, 20);
    // Some parts of the answer, where they can be seen.
    await until(() => !stream || client.text.split('\n').length > 20, 20);
    client.leave();
    await until(async () => (await log.released()).length === 1, 20);
    expect((await log.released())[0]).toBeLessThan(answerTokens / 2);
    expect(accounts).toMatchObject([{ outcome: 'left' }]);
  });

  it.each(paths)('before its turn, and the engine never hears of it: %s', async (path) => {
    const log = await slotLog(engine);
    const first = ask('/v1/chat/completions', {
      stream: true,
      ...longRequests['/v1/chat/completions']?.('Hello', answerTokens),
    });
    await until(async () => (await log.begun()) === 1, 20);
    const client = ask(path, { stream, ...longRequests[path]?.('Hello', answerTokens) });
    await until(async () => (await waiting()) === 1);
    client.leave();
    await until(async () => (await waiting()) === 0);
    await until(() => accounts.length === 1);
    expect(accounts).toMatchObject([{ outcome: 'left', tokens: { prompt: 0, cached: 0, answer: 0 } }]);
    first.leave();
    await until(async () => (await log.released()).length === 1, 20);
    expect(await log.begun()).toBe(1);
  });
});

async function waiting(): Promise<number> {
  const response = await app.inject({ url: '/status', headers: { authorization } });
  return response.json().queue.yours.length;
}
