import type { Shell } from '../../builder/shell.ts';
import { type LlamaBenchTest, runLlamaBench } from './llama-bench.ts';
import { type Disturbed, quietMoment, watchingOthers } from './others.ts';

/** Tokens of a batch that are compared. */
export const batchSizes = [128, 256, 512] as const;
export type BatchSize = (typeof batchSizes)[number];

/** Tokens a second at which a prompt is read, by the size of batches, within one round. */
export interface BatchSample extends Disturbed {
  readonly rates: Readonly<Record<BatchSize, number>>;
}

export interface BatchSetup {
  readonly program: string;
  readonly test: Pick<LlamaBenchTest, 'path' | 'threads' | 'settings'>;
  /** Tokens. */
  readonly prompt: number;
  readonly rounds: number;
  readonly shell: Shell;
  readonly signal: AbortSignal;
  readonly said: (text: string) => void;
}

/** Milliseconds to wait for a quiet machine before each round. */
const patience = 10_000;

/** What smaller batches, after each of which a client that left is noticed, cost; with llama-bench alone. */
export async function measureBatches(setup: BatchSetup): Promise<readonly BatchSample[]> {
  const { program, test, prompt, rounds, shell, signal, said } = setup;
  const rate = (batch: BatchSize) =>
    runLlamaBench(
      program,
      { ...test, settings: { ...test.settings, batch }, prompt, generated: 0, depth: 0 },
      { GOMP_SPINCOUNT: '1000' },
      shell,
    );
  const samples: BatchSample[] = [];
  for (let round = 0; round < rounds; round += 1) {
    said(`round ${round + 1} of ${rounds}`);
    await quietMoment(patience, signal);
    const { result, others } = await watchingOthers(async () => {
      const rates = { 128: 0, 256: 0, 512: 0 };
      for (const batch of round % 2 === 0 ? batchSizes : batchSizes.toReversed()) {
        rates[batch] = await rate(batch);
      }
      return { rates };
    });
    samples.push({ ...result, others });
  }
  return samples;
}
