import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startFakeEngine } from '../../../src/bench/gateway/engines.ts';
import { answerTo, defaultAnswering } from '../../../src/bench/gateway/fake-answers.ts';
import { oneToken, streamOf } from '../../../src/bench/gateway/requests.ts';
import { connectEngine } from '../../../src/engine/client.ts';

const post = 'POST /v1/chat/completions HTTP/1.1';

/** The data of each event in a chunked answer. */
function eventsOf(text: string): string[] {
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => data);
}

describe('the fake engine', () => {
  it('streams as many tokens as are asked for, then their usage and the end', () => {
    const { first, tokens } = answerTo(post, streamOf(3), defaultAnswering);
    expect(tokens).toEqual([]);
    const events = eventsOf(first);
    expect(events.filter((data) => data.includes('"content":"a"'))).toHaveLength(3);
    expect(JSON.parse(events.at(-2) ?? '').usage.completion_tokens).toBe(3);
    expect(events.at(-1)).toBe('[DONE]');
  });

  it('leaves the tokens apart where they come at a pace', () => {
    const { first, tokens } = answerTo(post, streamOf(3), { service: 0, pace: 5 });
    expect(first).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(tokens).toHaveLength(4);
    expect(eventsOf(tokens.at(-1) ?? '').at(-1)).toBe('[DONE]');
  });

  it('answers in one piece of the length it states when no stream is asked for', () => {
    const [head = '', body = ''] = answerTo(post, oneToken, defaultAnswering).first.split('\r\n\r\n');
    expect(head).toContain(`content-length: ${body.length}`);
    expect(JSON.parse(body).usage.completion_tokens).toBe(1);
  });

  it('is an engine to the gateway: its model is loaded, its answers can be read one after the other', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'fake-engine-'));
    const fake = await startFakeEngine(directory);
    const engine = connectEngine(fake.socket);
    try {
      expect(await engine.modelStatus('bench')).toBe('loaded');
      for (let time = 0; time < 3; time += 1) {
        const { status, body } = await engine.post(
          '/v1/chat/completions',
          streamOf(2),
          AbortSignal.timeout(5000),
        );
        let text = '';
        for await (const chunk of body) text += chunk.toString();
        expect(status).toBe(200);
        expect(eventsOf(text)).toHaveLength(6);
      }
    } finally {
      await fake.stop();
      await rm(directory, { recursive: true });
    }
  });
});
