import * as z from 'zod';
import type { ModelFacts } from '../../models/facts.ts';
import { MachineFigures } from '../machine.ts';
import { bytesPerToken, middle, ratioOfNeighbours } from './arithmetic.ts';
import { type BatchSample, batchSizes } from './batches.ts';
import type { MemoryComparison } from './memory-prediction.ts';
import type { BudgetSample } from './one-budget.ts';
import { leastDisturbed } from './others.ts';
import type { SpeedSample } from './speed.ts';

const share = z.number().min(0);
const rate = z.number().positive();
const bytes = z.int().positive();

/** Of the samples that count, the median; a share is the machine's part that others took. */
const Speed = z.strictObject({
  tokens: z.int(),
  depth: z.int(),
  stack_tokens_per_second: rate,
  engine_tokens_per_second: rate,
  llama_bench_default_waiting: rate,
  llama_bench_passive_waiting: rate,
  stack_over_llama_bench: rate,
  stack_over_llama_bench_passive: rate,
  others: share,
  samples: z.int(),
});
export type Speed = z.infer<typeof Speed>;

const Budget = z.strictObject({
  turns_ms: rate,
  together_ms: rate,
  chat_and_complete_over_alternating: rate,
  others: share,
  samples: z.int(),
});
export type Budget = z.infer<typeof Budget>;

/** What `--json` writes. */
export const Figures = z.strictObject({
  machine: MachineFigures,
  shape: z.string(),
  /** The aims' own figures: generation, the stack against the faster way in which llama-bench waits. */
  stack_over_llama_bench: rate,
  of_bandwidth_bound: rate,
  chat_and_complete_over_alternating: rate,
  read_bandwidth: rate,
  bytes_per_token: rate,
  generation: Speed,
  prompt: Speed,
  one_budget: z.strictObject({ as_configured: Budget, default_waiting: Budget }),
  memory: z.array(
    z.strictObject({ shape: z.string(), predicted: bytes, measured: bytes, predicted_over_measured: rate }),
  ),
  batches: z.strictObject({
    prompt_tokens_per_second: z.record(z.string(), rate),
    over_512: z.record(z.string(), rate),
    others: share,
  }),
});
export type Figures = z.infer<typeof Figures>;

/** Medians of the half of `samples` that was least disturbed. Pure. */
export function speedOf(samples: readonly SpeedSample[], tokens: number, depth: number): Speed {
  const counted = leastDisturbed(samples);
  const active = middle(counted, ({ llamaBench }) => llamaBench.active);
  const passive = middle(counted, ({ llamaBench }) => llamaBench.passive);
  const stack = ({ stack }: SpeedSample) => stack;
  const toPassive = ratioOfNeighbours(counted, stack, ({ llamaBench }) => llamaBench.passive);
  const toActive = ratioOfNeighbours(counted, stack, ({ llamaBench }) => llamaBench.active);
  return {
    tokens,
    depth,
    stack_tokens_per_second: middle(counted, stack),
    engine_tokens_per_second: middle(counted, ({ engine }) => engine),
    llama_bench_default_waiting: active,
    llama_bench_passive_waiting: passive,
    stack_over_llama_bench: active > passive ? toActive : toPassive,
    stack_over_llama_bench_passive: toPassive,
    others: middle(counted, ({ others }) => others),
    samples: counted.length,
  };
}

/** Generation through the stack as part of what reading from memory alone would allow. Pure. */
export function boundOf(samples: readonly SpeedSample[], facts: ModelFacts, depth: number) {
  const counted = leastDisturbed(samples);
  const size = bytesPerToken(facts, depth);
  return {
    of_bandwidth_bound: ratioOfNeighbours(
      counted,
      ({ stack }) => stack * size,
      ({ bandwidth }) => bandwidth,
    ),
    read_bandwidth: middle(counted, ({ bandwidth }) => bandwidth),
    bytes_per_token: size,
  };
}

/** The time of both in turns over the time of both at once. Pure. */
export function budgetOf(samples: readonly BudgetSample[]): Budget {
  const counted = leastDisturbed(samples);
  const turns = ({ turns }: BudgetSample) => turns;
  const together = ({ together }: BudgetSample) => together;
  return {
    turns_ms: middle(counted, turns),
    together_ms: middle(counted, together),
    chat_and_complete_over_alternating: ratioOfNeighbours(counted, turns, together),
    others: middle(counted, ({ others }) => others),
    samples: counted.length,
  };
}

/** Pure. */
export function batchesOf(samples: readonly BatchSample[]): Figures['batches'] {
  const counted = leastDisturbed(samples);
  const bySize = (of: (size: (typeof batchSizes)[number]) => number) =>
    Object.fromEntries(batchSizes.map((size) => [String(size), of(size)]));
  return {
    prompt_tokens_per_second: bySize((size) => middle(counted, ({ rates }) => rates[size])),
    over_512: bySize((size) =>
      ratioOfNeighbours(
        counted,
        ({ rates }) => rates[size],
        ({ rates }) => rates[512],
      ),
    ),
    others: middle(counted, ({ others }) => others),
  };
}

/** Pure. */
export function memoryOf(
  shape: string,
  { predicted, measured }: MemoryComparison,
): Figures['memory'][number] {
  return { shape, predicted, measured, predicted_over_measured: predicted / measured };
}
