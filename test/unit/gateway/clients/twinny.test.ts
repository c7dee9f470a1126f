import { describe, expect, it } from 'vitest';
import { events, RelayWorld } from '../relay-world.ts';
import { saysNatively } from './engine-answers.ts';

/* Twinny (twinnydotdev/twinny). Transcribed, not captured: src/extension/inference/adapters/fim-dialects.ts. */
const world = new RelayWorld();
const prompt = '<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>';

describe('a gap whose prompt it put together', () => {
  it('is filled through /api/generate, without being told that the prompt is raw', async () => {
    world.fake.handler = saysNatively('x', 'y');
    const options = { temperature: 0.2, num_predict: 512, stop: ['<|endoftext|>'] };
    const body = { model: 'qwen2.5-coder', prompt, stream: true, keep_alive: '5m', options };
    const { text } = await world.answer('/api/generate', body);
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ response }) => response).join('')).toBe('xy');
    expect(lines.at(-1)).toMatchObject({ done: true, prompt_eval_count: 30, eval_count: 7 });
    expect(JSON.parse(world.fake.requests[0]?.body ?? '')).toMatchObject({
      prompt,
      n_predict: 512,
      temperature: 0.2,
      stop: ['<|endoftext|>'],
    });
  });

  it('is filled through /completion, with OpenAI’s name for its length', async () => {
    world.fake.handler = saysNatively('x', 'y');
    const { text } = await world.answer('/completion', {
      prompt,
      stream: true,
      temperature: 0.2,
      max_tokens: 512,
    });
    const parts = events(text);
    expect(parts.map(({ content }) => content).join('')).toBe('xy');
    expect(parts.at(-1)).toMatchObject({ tokens_evaluated: 30, tokens_predicted: 7 });
    expect(JSON.parse(world.fake.requests[0]?.body ?? '')).toMatchObject({ prompt, n_predict: 512 });
  });

  it('is filled through /v1/fim/completions, without a suffix', async () => {
    world.fake.handler = saysNatively('x', 'y');
    const body = { model: 'codestral', prompt, stream: true, temperature: 0.2, max_tokens: 512 };
    const parts = events((await world.answer('/v1/fim/completions', body)).text).slice(0, -1);
    expect(parts.map(({ choices }) => choices[0].text).join('')).toBe('xy');
    expect(JSON.parse(world.fake.requests[0]?.body ?? '')).toMatchObject({
      input_prefix: prompt,
      input_suffix: '',
    });
  });
});
