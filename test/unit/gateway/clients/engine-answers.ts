import type { Handler } from '../fake-engine.ts';

/** What the engine's last part of `/infill` and `/completion` holds (llama.cpp v0.5.0, `to_json_non_oaicompat`). */
const last = {
  index: 0,
  content: '',
  tokens: [],
  id_slot: 0,
  stop: true,
  model: '/models/fim.gguf',
  tokens_predicted: 7,
  tokens_evaluated: 30,
  generation_settings: { n_predict: 7 },
  prompt: '<|fim_prefix|>a',
  has_new_line: true,
  truncated: false,
  stop_type: 'eos',
  stopping_word: '',
  tokens_cached: 36,
  timings: {
    cache_n: 20,
    prompt_n: 10,
    prompt_ms: 1.5,
    prompt_per_token_ms: 0.15,
    prompt_per_second: 6666,
    predicted_n: 7,
    predicted_ms: 2.25,
    predicted_per_token_ms: 0.32,
    predicted_per_second: 3111,
  },
};

/** Says `pieces` at `/infill` and `/completion`. */
export function saysNatively(...pieces: string[]): Handler {
  const parts = [...pieces.map((content) => ({ index: 0, content, tokens: [], stop: false })), last];
  return (_request, response) =>
    response.end(parts.map((part) => `data: ${JSON.stringify(part)}\n\n`).join(''));
}

/** Says `pieces` at `/v1/chat/completions`, with usage and timings behind. */
export function saysInChat(...pieces: object[]): Handler {
  const chunk = (delta: object, finish_reason: string | null = null) => ({
    id: 'chatcmpl-x',
    object: 'chat.completion.chunk',
    created: 1,
    model: '/models/chat.gguf',
    choices: [{ index: 0, delta, finish_reason }],
  });
  const usage = { prompt_tokens: 30, completion_tokens: 7, total_tokens: 37 };
  const end = { ...chunk({}), choices: [], usage, timings: last.timings };
  const parts = [...pieces.map((piece) => chunk(piece)), chunk({}, 'stop'), end];
  const text = parts.map((part) => `data: ${JSON.stringify(part)}\n\n`).join('');
  return (_request, response) => response.end(`${text}data: [DONE]\n\n`);
}
