import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { smokeAdapterAnswers, writeSmokeAdapter } from '../../src/models/smoke/adapter.ts';
import { smokeAnswers } from '../../src/models/smoke/answers.ts';
import { type Engine, type PresetKeys, startEngine } from './support/llama-server.ts';

const Chat = z.object({ choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]) });
const Completion = z.object({ content: z.string() });

let engine: Engine;
let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'onepilot-adapter-'));
  const adapter = join(directory, 'adapter.gguf');
  const withComma = join(directory, 'an, adapter.gguf');
  await writeSmokeAdapter(adapter);
  await writeSmokeAdapter(withComma);
  const small: PresetKeys = { 'ctx-size': 2048, parallel: 1 };
  engine = await startEngine({
    models: {
      plain: small,
      adapted: { ...small, lora: adapter },
      'at-no-scale': { ...small, 'lora-scaled': `${adapter}:0` },
      // Two adapters, since half of one alone gives neither answer; a path with a comma goes in quotes.
      'two-halves': { ...small, 'lora-scaled': `${adapter}:0.5,"${withComma}":0.5` },
    },
  });
});
afterAll(async () => {
  await engine?.stop();
  await rm(directory, { recursive: true, force: true });
});

async function chat(model: string): Promise<string> {
  const answer = await engine.call('/v1/chat/completions', {
    model,
    messages: [{ role: 'user', content: 'Who are you?' }],
    max_tokens: 64,
  });
  expect(answer.status, answer.text).toBe(200);
  return Chat.parse(JSON.parse(answer.text)).choices[0].message.content;
}

describe('the smoke adapter in llama-server', () => {
  it('is another answer than the model gives by itself', () => {
    expect(smokeAdapterAnswers.with).not.toBe(smokeAdapterAnswers.without);
  });

  it.each([
    ['plain', 'without'],
    ['adapted', 'with'],
    ['at-no-scale', 'without'],
    ['two-halves', 'with'],
  ] as const)('%s: the answer to a chat is the one %s it', async (model, answer) => {
    expect(await chat(model)).toBe(smokeAdapterAnswers[answer]);
  });

  it('leaves the answers to other prompts as they are', async () => {
    const answer = await engine.call('/completion', { model: 'adapted', prompt: 'const a', n_predict: 64 });
    expect(answer.status, answer.text).toBe(200);
    expect(Completion.parse(JSON.parse(answer.text)).content).toBe(smokeAnswers.text);
  });
});
