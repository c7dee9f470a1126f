import { describe, expect, it } from 'vitest';
import { dialectsByPath } from '../../../../src/gateway/dialects/table.ts';
import { RelayWorld } from '../relay-world.ts';
import { until } from '../support.ts';
import { envelopeOf, ownFailure } from './envelope.ts';
import { lastWords } from './last-words.ts';
import { garbage, wholeAnswers } from './whole-answers.ts';

const patient = { commit: 60_000, heartbeat: 60_000, padding: 60_000, stall: 60_000 };
const world = new RelayWorld({ timing: patient });

interface Seen {
  readonly status: number | undefined;
  readonly text: string;
}

/** What a client gets when the engine sends `said` and then ends, or breaks off. */
async function answerTo(path: string, stream: boolean, said: Uint8Array, breaks = false): Promise<Seen> {
  const { body } = wholeAnswers[path] ?? { body: {} };
  world.fake.handler = (_request, response) => {
    world.fake.requests.length = 0;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (breaks) response.write(said, () => response.destroy());
    else response.end(said);
  };
  return world.answer(path, { model: 'm', stream, ...body });
}

/** In a stream, Responses has errors of its own form. */
function isFailure(path: string, words: unknown): boolean {
  if (envelopeOf(path).safeParse(words).success) return true;
  return typeof words === 'object' && words !== null && Reflect.get(words, 'type') === 'response.failed';
}

/** Whether both tell the same, but for what differs from request to request. */
function alike(one: unknown, other: unknown): boolean {
  const masked = (value: unknown) =>
    JSON.stringify(value).replaceAll(
      /[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}|"created\w*":[^,]+/g,
      '',
    );
  return masked(one) === masked(other);
}

describe.each(Object.keys(dialectsByPath))('%s', (path) => {
  const { engine } = wholeAnswers[path] ?? { engine: '' };
  const whole = Buffer.from(engine);

  it.each([true, false])(
    'tells an answer that is cut off from a whole one, wherever it is cut (stream %s)',
    async (stream) => {
      const sound = await answerTo(path, stream, whole);
      expect(sound.status).toBe(200);
      const ending = stream ? lastWords(sound.text) : JSON.parse(sound.text);
      expect(isFailure(path, ending)).toBe(false);
      let complete = 0;
      for (let at = 0; at < whole.length; at += 1) {
        const { status, text } = await answerTo(path, stream, whole.subarray(0, at), at % 2 === 1);
        expect(text).not.toMatch(ownFailure);
        const words = stream && status === 200 ? lastWords(text) : JSON.parse(text);
        if (alike(words, ending)) complete += 1;
        else expect(isFailure(path, words), text).toBe(true);
        if (!stream) expect(status).toBe(alike(words, ending) ? 200 : 502);
      }
      // The line break that ends the last event may be missing, and nothing else.
      expect(complete).toBeLessThanOrEqual(1);
      await until(() => world.fake.open() === 0);
    },
  );

  it.each([true, false])('survives events that are no answer’s (stream %s)', async (stream) => {
    const cut = whole.indexOf('\n\n') + 2;
    for (const noise of garbage) {
      const said = Buffer.concat([whole.subarray(0, cut), Buffer.from(noise), whole.subarray(cut)]);
      const { status, text } = await answerTo(path, stream, said);
      expect(text, noise.slice(0, 100)).not.toMatch(ownFailure);
      if (status !== 200) expect(envelopeOf(path).safeParse(JSON.parse(text)).success, text).toBe(true);
      else expect(() => (stream ? lastWords(text) : JSON.parse(text)), noise.slice(0, 100)).not.toThrow();
    }
    await until(() => world.fake.open() === 0);
  });
});
