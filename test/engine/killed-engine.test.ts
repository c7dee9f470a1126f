import { existsSync } from 'node:fs';
import { copyFile, truncate } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { smokeAnswers } from '../../src/models/smoke/answers.ts';
import { events, textOf } from '../unit/gateway/relay-world.ts';
import { hello, ServedEngine } from './hygiene/served-engine.ts';
import { childrenOf, section, startUnitEngine, until } from './hygiene/unit-engine.ts';

let served: ServedEngine;

/** Never ends by itself. */
const chat = 'onepilot-random';
const complete = 'onepilot-smoke';

beforeAll(async () => {
  const engine = await startUnitEngine(({ smoke, random }) =>
    ['version = 1', section(chat, random), section(complete, smoke)].join('\n\n'),
  );
  served = await ServedEngine.start(engine, [
    { id: chat, roles: ['chat'], contextSize: 4096, architecture: 'qwen2' },
    { id: complete, roles: ['complete'], contextSize: 4096, architecture: 'qwen2' },
  ]);
  await areLoaded();
});

afterAll(() => served?.stop());

const areLoaded = () =>
  until(async () => (await served.word(chat)) === 'loaded' && (await served.word(complete)) === 'loaded');

/** The gateway looks every two seconds, so it may still refuse what the engine has already. */
async function answerTo(path: string, body: object): Promise<string> {
  let text = '';
  await until(async () => {
    const answer = await served.ask(path, body);
    text = answer.text;
    return answer.status === 200;
  });
  return text;
}

const completion = { model: complete, prompt: 'Once upon a time', max_tokens: 50 };

it('a model killed in the middle of a stream ends that with an error and comes back unasked; the other serves on', async () => {
  const body = { model: chat, messages: hello, stream: true, max_tokens: 3000, ignore_eos: true };
  const stream = await served.open('/v1/chat/completions', body);
  stream.once('data', () => served.kill(chat));
  const last = events(await textOf(stream)).at(-1);
  expect(last.error).toMatchObject({ code: 'engine_failed', type: 'server_error' });

  const refused = await served.ask('/v1/chat/completions', { ...body, stream: false });
  expect(refused.status).toBe(503);
  expect(refused.headers['retry-after']).toBe('5');
  expect(JSON.parse(refused.text).error.code).toBe('engine_loading');
  const other = await served.ask('/v1/completions', completion);
  expect(JSON.parse(other.text).choices[0].text).toBe(smokeAnswers.text);

  await until(async () => (await served.word(chat)) === 'loaded');
  await answerTo('/v1/chat/completions', { model: chat, messages: hello, max_tokens: 4 });
});

it('models killed while idle come back with their configuration and without a request', async () => {
  for (const model of [chat, complete]) {
    await served.kill(model);
    // The router needs a moment to notice.
    await until(async () => (await served.word(model)) !== 'loaded');
  }
  await areLoaded();
  const answer = await answerTo('/v1/completions', completion);
  expect(JSON.parse(answer).choices[0].text).toBe(smokeAnswers.text);
  const { context_length } = JSON.parse((await served.ask(`/v1/models/${chat}`)).text);
  expect(context_length).toBe(4096);
});

it('a killed router is told of with 503, and all is as before once it runs again', async () => {
  const children = await childrenOf(served.engine.pid);
  expect(children).toHaveLength(2);
  await served.engine.kill();
  await until(() => children.every((pid) => !existsSync(`/proc/${pid}`)));
  const refused = await served.ask('/v1/completions', completion);
  expect(refused.status).toBe(503);
  expect(refused.headers['retry-after']).toBe('5');
  expect(JSON.parse(refused.text).error.code).toBe('engine_unavailable');
  await served.engine.startAgain();
  await areLoaded();
  const answer = await answerTo('/v1/completions', completion);
  expect(JSON.parse(answer).choices[0].text).toBe(smokeAnswers.text);
});

it('a model that cannot be loaded is given up after three times, said so, and tried again after a reload', async () => {
  const file = `${served.engine.directory}/onepilot-smoke.gguf`;
  await copyFile(file, `${file}.whole`);
  await truncate(file, 60_000);
  await served.kill(complete);
  await until(async () => (await served.word(complete)) !== 'loaded');
  await until(async () => (await served.ask('/v1/completions', completion)).text.includes('model_failed'));
  const refused = await served.ask('/v1/completions', completion);
  expect(refused.status).toBe(503);
  expect(refused.headers['retry-after']).toBe('59');
  expect(JSON.parse(refused.text).error).toMatchObject({ code: 'model_failed', reason: 'MODEL_LOAD_FAILED' });
  const { unavailable, errors } = await served.status();
  expect(unavailable).toMatchObject([{ model: complete, roles: ['complete'], state: 'failed' }]);
  expect(errors).toMatchObject([{ code: 'MODEL_LOAD_FAILED' }]);
  const loads = served.engine.printed().split('exiting due to model loading error').length - 1;
  // The death above counts as the first where the gateway had not seen it loaded yet.
  expect([2, 3]).toContain(loads);
  expect((await served.ask('/v1/chat/completions', { messages: hello, max_tokens: 4 })).status).toBe(200);

  await copyFile(`${file}.whole`, file);
  await served.gateway.reload();
  await areLoaded();
  await answerTo('/v1/completions', completion);
  expect(await served.status()).not.toHaveProperty('unavailable');
});
