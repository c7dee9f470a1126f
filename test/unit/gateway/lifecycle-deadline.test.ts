import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dialectsByPath } from '../../../src/gateway/dialects/table.ts';
import { envelopeOf } from './hardening/envelope.ts';
import { lastWords } from './hardening/last-words.ts';
import { wholeAnswers } from './hardening/whole-answers.ts';
import { headersOf, RelayWorld, textOf } from './relay-world.ts';
import { until } from './support.ts';

const world = new RelayWorld({ timing: { commit: 30, heartbeat: 60_000, padding: 60_000, stall: 60_000 } });
let held: ServerResponse[];

beforeEach(() => {
  held = [];
  world.fake.handler = (_request, response) => void held.push(response);
});
afterEach(() => {
  for (const response of held) response.destroy();
});

const bodyOf = (path: string, stream: boolean) => ({ model: 'm', stream, ...wholeAnswers[path]?.body });

/** The first event of the answer to `path`, as the engine gives it. */
function beginningOf(path: string): Buffer {
  const whole = Buffer.from(wholeAnswers[path]?.engine ?? '');
  return whole.subarray(0, whole.indexOf('\n\n') + 2);
}

/** In a stream, Responses has errors of its own form. */
function saysStopping(path: string, words: unknown): boolean {
  const isStopping = JSON.stringify(words).includes('was restarted before the answer was complete');
  const isResponse =
    typeof words === 'object' && words !== null && Reflect.get(words, 'type') === 'response.failed';
  return isStopping && (isResponse || envelopeOf(path).safeParse(words).success);
}

describe.each(Object.keys(dialectsByPath))('past the deadline of a drain, %s', (path) => {
  it('tells a stream that has begun, in its own form', async () => {
    const response = await begun(path);
    const text = textOf(response);
    world.stopping.abort();
    const words = lastWords(await text);
    expect(saysStopping(path, words), JSON.stringify(words)).toBe(true);
    await until(() => world.fake.open() === 0);
  });

  it('tells who waits for the engine or for a turn, with a status or in the stream', async () => {
    const runs = world.answer(path, bodyOf(path, false));
    await until(() => held.length === 1);
    // A newer completion would take the place of an older one.
    const stream = path.includes('chat') || path.includes('messages') || path.includes('responses');
    const queued = headersOf(world.post(path, bodyOf(path, stream)));
    const answer = stream ? await queued : undefined;
    if (!stream) await until(async () => (await waiting()) === 1);
    world.stopping.abort();
    const { status, text } = await runs;
    expect([status, envelopeOf(path).safeParse(JSON.parse(text)).success]).toEqual([503, true]);
    if (answer) expect(saysStopping(path, lastWords(await textOf(answer)))).toBe(true);
    else expect((await queued).statusCode).toBe(503);
    expect(held).toHaveLength(1);
  });
});

async function begun(path: string) {
  const response = headersOf(world.post(path, bodyOf(path, true)));
  await until(() => held.length === 1);
  held[0]?.write(beginningOf(path));
  return response;
}

async function waiting(): Promise<number> {
  const response = await world.app.inject({
    url: '/status',
    headers: { authorization: 'Bearer sk-test-key' },
  });
  return response.json().queue.yours.length;
}
