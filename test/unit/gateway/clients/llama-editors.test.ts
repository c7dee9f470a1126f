import { describe, expect, it } from 'vitest';
import { RelayWorld } from '../relay-world.ts';
import { saysNatively } from './engine-answers.ts';

/* llama.vim and llama.vscode, which speak llama-server's own language. Transcribed, not captured. */
const world = new RelayWorld();
const sent = () => JSON.parse(world.fake.requests[0]?.body ?? '');

/** ggml-org/llama.vim, autoload/llama.vim, `llama#fim` and `s:ring_update`; `id_slot` as newer versions send it. */
describe('llama.vim', () => {
  const picked = [
    'content',
    'timings/prompt_n',
    'timings/prompt_ms',
    'timings/prompt_per_token_ms',
    'timings/prompt_per_second',
    'timings/predicted_n',
    'timings/predicted_ms',
    'timings/predicted_per_token_ms',
    'timings/predicted_per_second',
    'truncated',
    'tokens_cached',
  ];
  const extra = [{ text: 'import a\n', time: [1, 2], filename: 'a.py' }];

  it('gets the fields that it picks, and its time limits reach the engine', async () => {
    world.fake.handler = saysNatively('x\n', 'y\n');
    const request = {
      id_slot: 0,
      input_prefix: 'def a():\n',
      input_suffix: '\n\n',
      input_extra: extra,
      prompt: '    ',
      n_predict: 128,
      stop: [],
      n_indent: 4,
      top_k: 40,
      top_p: 0.9,
      stream: false,
      samplers: ['top_k', 'top_p', 'infill'],
      cache_prompt: true,
      t_max_prompt_ms: 500,
      t_max_predict_ms: 250,
      response_fields: picked,
    };
    const { text } = await world.answer('/infill', request);
    const answer = JSON.parse(text);
    expect(Object.keys(answer).toSorted()).toEqual(picked.toSorted());
    expect(answer.content).toBe('x\ny\n');
    const { id_slot: _, cache_prompt: __, response_fields: ___, stream: ____, ...kept } = request;
    expect(sent()).toMatchObject({ ...kept, model: 'fim-model', stream: true });
    expect(sent()).not.toHaveProperty('id_slot');
    expect(sent()).not.toHaveProperty('cache_prompt');
  });

  it('may warm the cache, for an answer of nothing', async () => {
    world.fake.handler = saysNatively();
    const request = {
      id_slot: 0,
      input_prefix: '',
      input_suffix: '',
      input_extra: extra,
      prompt: '',
      n_predict: 0,
      temperature: 0,
      stream: false,
      samplers: [],
      cache_prompt: true,
      t_max_prompt_ms: 1,
      t_max_predict_ms: 1,
      response_fields: [''],
    };
    const { status, text } = await world.answer('/infill', request);
    expect({ status, text }).toEqual({ status: 200, text: '{}' });
    expect(sent()).toMatchObject({ n_predict: 0, input_extra: extra });
  });
});

/** ggml-org/llama.vscode, src/llama-server.ts, `createRequestPayload`; `id_slot` and `n_cmpl` as newer versions send them. */
describe('llama.vscode', () => {
  it('asks for three answers and reads one', async () => {
    world.fake.handler = saysNatively('x');
    const request = {
      id_slot: 0,
      n_cmpl: 3,
      input_prefix: 'a\n',
      input_suffix: '\nb',
      input_extra: [{ text: 'c', filename: 'c.ts' }],
      prompt: '',
      n_predict: 128,
      top_k: 40,
      top_p: 0.99,
      stream: false,
      samplers: ['top_k', 'top_p', 'infill'],
      cache_prompt: true,
      n_indent: 2,
      t_max_prompt_ms: 500,
      t_max_predict_ms: 2500,
      lora: [{ id: 0, scale: 0.5 }],
    };
    const answer = JSON.parse((await world.answer('/infill', request)).text);
    expect(answer).toMatchObject({ content: 'x', truncated: false, tokens_cached: 36 });
    expect(answer.timings.predicted_per_second).toBeGreaterThan(0);
    for (const name of ['n_cmpl', 'lora', 'id_slot']) expect(sent()).not.toHaveProperty(name);
  });

  it('reads the health of the server and of one model', async () => {
    for (const url of ['/health', '/health?model=fim-model', '/v1/health']) {
      const response = await world.app.inject({ url });
      expect({ code: response.statusCode, body: response.json() }).toEqual({
        code: 200,
        body: { status: 'ok' },
      });
    }
  });

  it('is told that a model is loading', async () => {
    world.fake.status = { value: 'loading' };
    for (const url of ['/health?model=fim-model', '/health?model=any']) {
      const response = await world.app.inject({ url });
      expect(response.statusCode).toBe(503);
      expect(response.json()).toEqual({ status: 'loading' });
    }
  });
});
