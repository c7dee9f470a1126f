import { describe, expect, it } from 'vitest';
import { events, RelayWorld, sse } from './relay-world.ts';

const world = new RelayWorld();

describe('fill in the middle', () => {
  const asked = { model: 'my-fim', prompt: 'def add(', suffix: '\n', max_tokens: 9, stop: ['x'] };
  const final = { content: 'a, b):', stop: true, stop_type: 'eos', tokens_predicted: 3, tokens_evaluated: 7 };

  it('goes to /infill and comes back as a completion', async () => {
    world.fake.handler = (_request, response) => {
      response.write(`data: ${JSON.stringify({ content: 'a, ', stop: false })}\n\n`);
      response.end(`data: ${JSON.stringify({ ...final, content: 'b):', model: '/x.gguf' })}\n\n`);
    };
    const { text } = await world.answer('/completions', { ...asked, response_fields: ['tokens'] });
    expect(world.fake.requests[0]?.path).toBe('/infill?autoload=false');
    expect(JSON.parse(world.fake.requests[0]?.body ?? '')).toEqual({
      model: 'fim-model',
      input_prefix: 'def add(',
      input_suffix: '\n',
      n_predict: 9,
      stop: ['x'],
      stream: true,
      return_progress: true,
    });
    expect(JSON.parse(text)).toMatchObject({
      object: 'text_completion',
      model: 'my-fim',
      choices: [{ index: 0, text: 'a, b):', finish_reason: 'stop', logprobs: null }],
      usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
    });
  });

  it('streams, with usage when asked for', async () => {
    world.fake.handler = (_request, response) => {
      response.write(`data: ${JSON.stringify({ content: 'a, ', stop: false })}\n\n`);
      response.end(`data: ${JSON.stringify({ ...final, content: '', stop_type: 'limit' })}\n\n`);
    };
    const { text } = await world.answer('/v1/completions', {
      ...asked,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(events(text)).toMatchObject([
      { model: 'my-fim', choices: [{ text: 'a, ', finish_reason: null }] },
      { choices: [{ text: '', finish_reason: 'length' }] },
      { choices: [], usage: { total_tokens: 10 } },
      '[DONE]',
    ]);
  });

  it('without a suffix is a plain completion', async () => {
    world.fake.handler = (_request, response) =>
      response.end(
        sse(
          { choices: [{ index: 0, text: 'b ', finish_reason: null }] },
          { choices: [{ index: 0, text: 'c', finish_reason: 'length' }], usage: { total_tokens: 2 } },
        ),
      );
    for (const suffix of ['', null, undefined]) {
      const { text } = await world.answer('/v1/completions', { prompt: 'a', suffix });
      const choice = { index: 0, text: 'b c', logprobs: null, finish_reason: 'length' };
      expect(JSON.parse(text)).toEqual({ model: 'fim-model', choices: [choice], usage: { total_tokens: 2 } });
    }
    expect(world.fake.requests.map(({ path }) => path)).toEqual(
      Array(3).fill('/v1/completions?autoload=false'),
    );
    expect(world.fake.requests[0]?.body).toBe(
      '{"prompt":"a","max_tokens":512,"model":"fim-model","stream":true,"return_progress":true}',
    );
  });

  it('natively keeps the shape of llama-server', async () => {
    world.fake.handler = (_request, response) => {
      response.write('data: {"content":"x","stop":false,"tokens":[1]}\n\n');
      const last = { content: '', stop: true, tokens: [2], timings: { prompt_n: 7 } };
      response.end(`data: ${JSON.stringify(last)}\n\n`);
    };
    const native = { input_prefix: 'a', input_suffix: 'b', id_slot: 0, n_cmpl: 3 };
    const { text } = await world.answer('/v1/infill', native);
    expect(JSON.parse(text)).toEqual({ content: 'x', stop: true, tokens: [1, 2], timings: { prompt_n: 7 } });
    const response_fields = ['content', 'timings/prompt_n', 'nowhere'];
    const picked = await world.answer('/infill', { ...native, response_fields });
    expect(JSON.parse(picked.text)).toEqual({ content: 'x', 'timings/prompt_n': 7 });
    expect(JSON.parse(world.fake.requests[1]?.body ?? '')).toEqual({
      model: 'fim-model',
      input_prefix: 'a',
      input_suffix: 'b',
      n_predict: 512,
      stream: true,
      return_progress: true,
    });
  });

  it('natively streams without [DONE]', async () => {
    world.fake.handler = (_request, response) =>
      response.end('data: {"content":"x","stop":false}\n\ndata: {"content":"","stop":true,"model":"y"}\n\n');
    const { text } = await world.answer('/infill', {
      input_prefix: 'a',
      input_suffix: 'b',
      stream: true,
      model: 'm',
    });
    expect(events(text)).toEqual([
      { content: 'x', stop: false },
      { content: '', stop: true, model: 'm' },
    ]);
  });
});
