import { expect, it } from 'vitest';
import { disturbances, verdicts } from '../../../src/bench/engine/report.ts';

const figures = {
  stack_over_llama_bench: 0.985,
  chat_and_complete_over_alternating: 0.9,
  memory: [{ shape: 'dense-1.5b', predicted: 95, measured: 100, predicted_over_measured: 0.95 }],
};

it('says of every aim whether it has been reached, and names the figure', () => {
  expect(verdicts(figures)).toEqual([
    'reached  stack_over_llama_bench 0.985, aim 0.98',
    'reached  chat_and_complete_over_alternating 0.900, aim 0.8',
    'reached  memory of dense-1.5b: predicted/measured 0.950, aim within 10 %',
  ]);
});

it('says plainly what was missed, memory above and below the prediction alike', () => {
  const memory = [0.89, 1.11].map((ratio) => ({
    ...{ shape: 'x', predicted: 1, measured: 1, predicted_over_measured: ratio },
  }));
  const missed = { stack_over_llama_bench: 0.979, chat_and_complete_over_alternating: 0.799, memory };
  expect(verdicts(missed).every((line) => line.startsWith('MISSED'))).toBe(true);
});

it('warns that speeds are not to be believed where others used the machine, and only there', () => {
  const quiet = { others: 0.01 };
  const parts = { generation: quiet, prompt: quiet, batches: quiet, one_budget: { as_configured: quiet } };
  expect(disturbances(parts)).toEqual([]);
  const [first] = disturbances({ ...parts, generation: { others: 0.48 } });
  expect(first).toMatch(/^NOT QUIET: .*\(generation 48 %\)/);
});
