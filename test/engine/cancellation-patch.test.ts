import { randomUUID } from 'node:crypto';
import { type ClientRequest, request } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { until } from '../unit/gateway/support.ts';
import { type Engine, startEngine } from './support/llama-server.ts';
import { type SlotLog, slotLog } from './support/slot-log.ts';

/*
 * appliance/engine/0001: without it the router closes its connection to the model only when something arrives from
 * there, and the model looks for its client only when it has said nothing to anybody for a second. So these ask the
 * engine itself, for answers that come whole: nothing arrives before the end. What the gateway asks for is a stream.
 */

const model = 'onepilot-random';
/** Tokens; the model says eight thousand in a minute, and reads some ten thousand in seconds. */
const answerTokens = 8000;
const promptWords = 10_000;

let engine: Engine;
let log: SlotLog;
let clients: ClientRequest[];

beforeAll(async () => {
  engine = await startEngine({ models: { [model]: {} }, defaults: { parallel: 2, 'ctx-size': 65_536 } });
});
afterAll(() => engine?.stop());

beforeEach(async () => {
  clients = [];
  log = await slotLog(engine);
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  await until(async () => (await log.released()).length === clients.length, 60);
});

/** Begins a request that takes a slot; `destroy` leaves. */
async function ask(body: object): Promise<ClientRequest> {
  const { socketPath } = engine;
  const headers = { 'content-type': 'application/json' };
  const client = request({ socketPath, path: '/v1/completions', method: 'POST', headers, agent: false });
  client.on('response', (response) => response.on('error', () => {}).resume()).on('error', () => {});
  client.end(JSON.stringify({ model, stream: false, ...body }));
  clients.push(client);
  await until(async () => (await log.begun()) === clients.length, 20);
  return client;
}

/** Tokens in the slot that is let go first. */
async function tokensWhenFree(): Promise<number> {
  await until(async () => (await log.released()).length > 0, 100);
  return (await log.released())[0] ?? 0;
}

it('a client that leaves frees its slot while an answer is written that is not streamed', async () => {
  const client = await ask({ prompt: 'Hello', max_tokens: answerTokens });
  client.destroy();
  expect(await tokensWhenFree()).toBeLessThan(answerTokens / 2);
});

it('a client that leaves frees its slot while its prompt is read and nothing is said of it', async () => {
  const client = await ask({ prompt: `${randomUUID()} ${'word '.repeat(promptWords)}`, max_tokens: 2 });
  client.destroy();
  expect(await tokensWhenFree()).toBeLessThan(promptWords);
});

it('a client that leaves frees its slot while another is told its answer token by token', async () => {
  await ask({ prompt: 'Others', stream: true, max_tokens: answerTokens });
  const client = await ask({ prompt: 'Hello', max_tokens: answerTokens });
  client.destroy();
  expect(await tokensWhenFree()).toBeLessThan(answerTokens / 2);
  expect(await log.released()).toHaveLength(1);
});
