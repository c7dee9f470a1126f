import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MemoryReading } from '../../src/engine/pressure.ts';
import { textOf } from '../unit/gateway/relay-world.ts';
import { hello, ServedEngine } from './hygiene/served-engine.ts';
import { section, startUnitEngine, until } from './hygiene/unit-engine.ts';

let served: ServedEngine;
/** The kernel's word; a machine that is really short of memory would take this one with it. */
let memory: MemoryReading = { stall: { some: 0, full: 0 }, oomKills: 0 };

const chat = 'onepilot-random';
const complete = 'onepilot-smoke';

beforeAll(async () => {
  const engine = await startUnitEngine(({ smoke, random }) =>
    ['version = 1', section(chat, random), section(complete, smoke)].join('\n\n'),
  );
  const models = [
    { id: chat, roles: ['chat' as const], contextSize: 4096 },
    { id: complete, roles: ['complete' as const], contextSize: 4096 },
  ];
  served = await ServedEngine.start(engine, models, async () => memory);
  for (const model of [chat, complete]) await until(async () => (await served.word(model)) === 'loaded');
});

afterAll(() => served?.stop());

it('short memory takes the idle model, not the one with a stream, and its requests are told so', async () => {
  const body = { model: chat, messages: hello, stream: true, max_tokens: 3000, ignore_eos: true };
  const stream = await served.open('/v1/chat/completions', body);
  const [text] = await Promise.all([textOf(stream), givenUpMeanwhile()]);
  expect(text).toContain('[DONE]');
});

/** What happens while the engine's part of the stream stands still. */
async function givenUpMeanwhile(): Promise<void> {
  const pid = await served.processOf(chat);
  if (pid === undefined) throw new Error(`No process serves ${chat}.`);
  process.kill(pid, 'SIGSTOP');
  memory = { stall: { some: 90, full: 60 }, oomKills: 1 };
  await until(async () => (await served.word(complete)) === 'unloaded');
  expect(await served.word(chat)).toBe('loaded');

  const refused = await served.ask('/v1/completions', { model: complete, prompt: 'x', max_tokens: 2 });
  expect(refused.status).toBe(503);
  expect(refused.headers['retry-after']).toBe('30');
  expect(JSON.parse(refused.text).error.code).toBe('memory_short');
  const { unavailable } = await served.status();
  expect(unavailable).toMatchObject([{ model: complete, roles: ['complete'], state: 'shed' }]);
  process.kill(pid, 'SIGCONT');
}
