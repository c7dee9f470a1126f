import { expect, it } from 'vitest';
import { llamaBenchArguments, parseLlamaBench } from '../../../src/bench/engine/llama-bench.ts';

/** What llama-bench v0.5.0 printed, without the fields that nobody reads. */
const printed = `[
  {
    "model_type": "qwen2 1.5B Q4_K - Medium",
    "n_ubatch": 512,
    "n_threads": 2,
    "load_mode": "none",
    "n_prompt": 512,
    "n_gen": 0,
    "n_depth": 0,
    "avg_ts": 98.416079,
    "samples_ts": [ 107.162, 91.6898, 96.3966 ]
  }
]
`;

const test = {
  path: '/models/a model.gguf',
  threads: 2,
  settings: { batch: 512, cacheType: 'f16', load: 'read' },
  prompt: 0,
  generated: 128,
  depth: 130,
} as const;

it('finds the rate of each repetition', () => {
  expect(parseLlamaBench(printed)).toMatchObject([
    { n_prompt: 512, n_gen: 0, n_depth: 0, samples_ts: [107.162, 91.6898, 96.3966] },
  ]);
});

it.each(['', '[]', 'main: error: failed to load model', '[{"n_prompt": 1}]'])(
  'refuses what is no result: «%s»',
  (output) => {
    expect(() => parseLlamaBench(output)).toThrow(/something else than results/);
  },
);

it('asks llama-bench to compute as the preset makes the engine compute', () => {
  const words = llamaBenchArguments(test);
  const after = (option: string) => words[words.indexOf(option) + 1];
  expect(words).toHaveLength(2 * new Set(words.filter((word) => word.startsWith('--'))).size);
  expect(after('--model')).toBe('/models/a model.gguf');
  expect(after('--flash-attn')).toBe('on');
  expect(after('--load-mode')).toBe('none');
  expect(after('--batch-size')).toBe('512');
  expect(after('--ubatch-size')).toBe('512');
  expect(after('--cache-type-k')).toBe('f16');
  expect(after('--n-depth')).toBe('130');
});

it('does not compare mapped weights, which llama-bench would repack', () => {
  const mapped = { ...test, settings: { ...test.settings, load: 'mapped' as const } };
  expect(() => llamaBenchArguments(mapped)).toThrow(/weights that are read/);
});
