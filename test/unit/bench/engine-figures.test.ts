import { describe, expect, it } from 'vitest';
import { bytesPerToken, ratioOfNeighbours } from '../../../src/bench/engine/arithmetic.ts';
import { withEnvironment } from '../../../src/bench/engine/engine-process.ts';
import { batchesOf, boundOf, budgetOf, speedOf } from '../../../src/bench/engine/figures.ts';
import { leastDisturbed, parseProcess, parseStat, shareOfOthers } from '../../../src/bench/engine/others.ts';
import type { SpeedSample } from '../../../src/bench/engine/speed.ts';
import type { ModelFacts } from '../../../src/models/facts.ts';

const facts: ModelFacts = {
  architecture: 'qwen2',
  fileSize: 1100,
  trainedContextSize: 4096,
  blocks: 4,
  width: 8,
  feedForward: 16,
  heads: 2,
  vocabulary: 100,
  weights: 1000,
  embeddingCopy: 0,
  activeWeights: 600,
  attention: [{ blocks: 2, keys: 3, values: 5 }],
  hasChatTemplate: true,
  hasInfillTokens: false,
};

const sample = (stack: number, active: number, passive: number, others = 0): SpeedSample => ({
  stack,
  engine: stack,
  llamaBench: { active, passive },
  bandwidth: 10_000,
  others,
});

describe('the bytes of a token', () => {
  it('are active weights, and keys and values of the tokens before it', () => {
    expect(bytesPerToken(facts, 0)).toBe(600);
    expect(bytesPerToken(facts, 10)).toBe(600 + 10 * 2 * (3 + 5) * 2);
  });

  it('grow no further than a window reaches', () => {
    const attention = [{ blocks: 1, keys: 1, values: 1, window: 4 }];
    expect(bytesPerToken({ ...facts, attention }, 100)).toBe(600 + 4 * 2 * 2);
  });

  it('hold the whole state of recurrent blocks, whatever the depth', () => {
    const recurrent = { blocks: 3, state: 7, channels: 1 };
    expect(bytesPerToken({ ...facts, attention: [], recurrent }, 50)).toBe(600 + 3 * 7 * 4);
  });
});

describe('ratios', () => {
  it('are made within a round, so that a host that slows down for both does not change them', () => {
    const rounds = [
      { a: 10, b: 20 },
      { a: 100, b: 200 },
      { a: 5, b: 10 },
    ];
    expect(
      ratioOfNeighbours(
        rounds,
        ({ a }) => a,
        ({ b }) => b,
      ),
    ).toBe(0.5);
  });

  it('compare the stack with the faster way in which llama-bench waits', () => {
    const activeIsFaster = speedOf([sample(27, 30, 20), sample(27, 30, 20)], 128, 100);
    expect(activeIsFaster.stack_over_llama_bench).toBeCloseTo(0.9);
    expect(activeIsFaster.stack_over_llama_bench_passive).toBeCloseTo(1.35);
    const passiveIsFaster = speedOf([sample(27, 10, 30), sample(27, 10, 30)], 128, 100);
    expect(passiveIsFaster.stack_over_llama_bench).toBeCloseTo(0.9);
  });

  it('put generation in proportion to what memory delivers', () => {
    const { of_bandwidth_bound, bytes_per_token } = boundOf([sample(10, 1, 1), sample(10, 1, 1)], facts, 0);
    expect(bytes_per_token).toBe(600);
    expect(of_bandwidth_bound).toBeCloseTo((10 * 600) / 10_000);
  });

  it('are above one where both answers come sooner at once than in turns', () => {
    const samples = [
      { turns: 300, together: 200, others: 0 },
      { turns: 600, together: 400, others: 0 },
    ];
    expect(budgetOf(samples).chat_and_complete_over_alternating).toBeCloseTo(1.5);
  });

  it('tell what smaller batches cost against those of 512 tokens', () => {
    const samples = [
      { rates: { 128: 80, 256: 90, 512: 100 }, others: 0 },
      { rates: { 128: 40, 256: 45, 512: 50 }, others: 0 },
    ];
    expect(batchesOf(samples).over_512).toEqual({ 128: 0.8, 256: 0.9, 512: 1 });
  });
});

describe('what others took', () => {
  it('decides which half of the samples counts, and two count at least', () => {
    const samples = [0.5, 0.1, 0.9, 0].map((others) => ({ others }));
    expect(leastDisturbed(samples)).toEqual([{ others: 0 }, { others: 0.1 }]);
    expect(leastDisturbed(samples.slice(0, 2))).toHaveLength(2);
    const disturbed = speedOf([sample(1, 100, 1, 0.9), sample(9, 10, 1), sample(9, 10, 1)], 128, 100);
    expect(disturbed.stack_over_llama_bench).toBeCloseTo(0.9);
  });

  it('is what was neither idle nor ours, stolen time included', () => {
    const before = { ...parseStat('cpu  100 0 50 1000 10 0 0 5 7 0\ncpu0 …\n'), own: 20 };
    expect(before).toEqual({ all: 1165, idle: 1010, own: 20 });
    const after = { ...parseStat('cpu  160 0 60 1100 10 0 0 35 90 0\n'), own: 60 };
    // 200 ticks: 100 idle, 40 ours.
    expect(shareOfOthers(before, after)).toBeCloseTo(0.3);
  });

  it('reads the times of a process whose name has spaces and parentheses', () => {
    const text = '42 (a) b (c)) S 7 42 42 0 -1 0 0 0 0 0 10 20 3 4 20 0 1 0 5 0 0';
    expect(parseProcess(text)).toEqual({ parent: 7, ticks: 37 });
  });
});

it("changes and unsets variables of the unit's environment, and nothing else of its command", () => {
  const command = ['env', '-i', 'PATH=/bin', 'OMP_WAIT_POLICY=passive', '/usr/bin/x', '--a=b'];
  expect(withEnvironment(command, { HOME: '/tmp', OMP_WAIT_POLICY: undefined })).toEqual(
    ['env', '-i', 'HOME=/tmp', 'PATH=/bin'].concat(['/usr/bin/x', '--a=b']),
  );
});
