import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Engine, startEngine } from './support/llama-server.ts';

const model = 'onepilot-random';

const Completion = z.object({
  content: z.string(),
  tokens_predicted: z.int(),
  tokens_evaluated: z.int(),
  timings: z.object({ cache_n: z.int(), prompt_n: z.int() }),
});

/** About 1,000 tokens that begin with `start` and end alike. */
const longPrompt = (start: string) =>
  `${start}\n${Array.from({ length: 80 }, (_, i) => `${i}: return the value of the file.`).join('\n')}`;

let engine: Engine;
let snapshots = '';
beforeAll(async () => {
  snapshots = await mkdtemp(join(tmpdir(), 'onepilot-slots-'));
  engine = await startEngine({ models: { [model]: { parallel: 1, 'slot-save-path': snapshots } } });
});
afterAll(async () => {
  await engine?.stop();
  await rm(snapshots, { recursive: true, force: true });
});

async function complete(prompt: string, more: Readonly<Record<string, unknown>> = {}) {
  const answer = await engine.call('/completion', { model, prompt, temperature: 0, n_predict: 24, ...more });
  expect(answer.status, answer.text).toBe(200);
  return Completion.parse(JSON.parse(answer.text));
}

describe('the random model in llama-server', () => {
  it('says printable ASCII until its limit, the same for the same prompt', async () => {
    const first = await complete('const answer = ', { cache_prompt: false });
    expect(first.content).toMatch(/^[ -~]+$/);
    expect(first.tokens_predicted).toBe(24);
    expect((await complete('const answer = ', { cache_prompt: false })).content).toBe(first.content);
  });

  it('answers differently when only the beginning of the prompt differs', async () => {
    const starts = ['First', 'Second', 'Third', 'const x = 1;', 'zzz'];
    const contents: string[] = [];
    for (const start of starts) contents.push((await complete(longPrompt(start))).content);
    expect(new Set(contents).size).toBe(starts.length);
  });

  it.each([20, 60, 80])('answers with a cached beginning of %i lines as it does without', async (lines) => {
    const prompt = longPrompt('Cached');
    const cold = await complete(prompt, { cache_prompt: false });
    expect(cold.timings.cache_n).toBe(0);
    await complete(
      prompt
        .split('\n')
        .slice(0, lines + 1)
        .join('\n'),
      { n_predict: 1 },
    );
    const warm = await complete(prompt);
    expect(warm.timings.cache_n).toBeGreaterThan(lines * 8);
    expect(warm.timings.prompt_n).toBe(cold.tokens_evaluated - warm.timings.cache_n);
    expect(warm.content).toBe(cold.content);
  });

  it('answers from a restored slot as it did before', async () => {
    const slot = async (action: string) => {
      const { status, text } = await engine.call(`/slots/0?action=${action}`, {
        model,
        filename: 'prefix.bin',
      });
      expect(status, text).toBe(200);
    };
    const prompt = longPrompt('Saved');
    const before = await complete(prompt);
    await slot('save');
    await slot('erase');
    await slot('restore');
    const after = await complete(prompt);
    expect(after.timings.cache_n).toBe(before.tokens_evaluated - 1);
    expect(after.content).toBe(before.content);
  });
});
