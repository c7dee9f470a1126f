import type { Shell } from '../../builder/shell.ts';
import { type LlamaBenchTest, runLlamaBench } from './llama-bench.ts';
import { type Disturbed, quietMoment, watchingOthers } from './others.ts';
import type { MeasureBandwidth } from './read-bandwidth.ts';
import type { Stack } from './stack.ts';
import { ask, type StreamedAnswer } from './streamed-answer.ts';

/** Tokens a second, measured within one round. */
export interface SpeedSample extends Disturbed {
  /** By the client's clock, through gateway and engine. */
  readonly stack: number;
  /** The same answer by the engine's own clock. */
  readonly engine: number;
  /** llama-bench waiting as OpenMP does by default, and as the appliance's unit sets it. */
  readonly llamaBench: { readonly active: number; readonly passive: number };
  /** Bytes a second that memory delivered. */
  readonly bandwidth: number;
}

export interface SpeedSetup {
  readonly stack: Stack;
  /** The model's id. */
  readonly model: string;
  /** Path of llama-bench. */
  readonly program: string;
  readonly test: Pick<LlamaBenchTest, 'path' | 'threads' | 'settings'>;
  readonly bandwidth: MeasureBandwidth;
  readonly text: (letters: number) => string;
  readonly shell: Shell;
  readonly signal: AbortSignal;
  readonly rounds: number;
  /** Tells how far it is. */
  readonly said: (text: string) => void;
}

/** Milliseconds to wait for a quiet machine before each round. */
const patience = 10_000;

const waiting = { active: {}, passive: { OMP_WAIT_POLICY: 'passive' } };

/** Tokens a second of generation: `tokens` after a prompt of about as many as `letters` become. */
export function measureGeneration(setup: SpeedSetup, letters: number, tokens: number) {
  return alternate(setup, letters, tokens, {
    stack: (answer) => ((answer.tokens - 1) / answer.between) * 1000,
    engine: ({ engine }) => engine.generation,
    test: (depth) => ({ prompt: 0, generated: tokens, depth }),
  });
}

/** Tokens a second at which a prompt is read; the first token's own time counts against the stack. */
export function measurePrompt(setup: SpeedSetup, letters: number) {
  return alternate(setup, letters, 2, {
    stack: (answer) => (answer.promptTokens / answer.first) * 1000,
    engine: ({ engine }) => engine.prompt,
    test: (prompt) => ({ prompt, generated: 0, depth: 0 }),
  });
}

interface Kind {
  readonly stack: (answer: StreamedAnswer) => number;
  readonly engine: (answer: StreamedAnswer) => number;
  readonly test: (promptTokens: number) => Pick<LlamaBenchTest, 'prompt' | 'generated' | 'depth'>;
}

async function alternate(
  setup: SpeedSetup,
  letters: number,
  tokens: number,
  kind: Kind,
): Promise<{ readonly promptTokens: number; readonly samples: readonly SpeedSample[] }> {
  const { stack, model, program, test, bandwidth, text, shell, signal, rounds, said } = setup;
  const asked = () => ask(stack.endpoint, { role: 'chat', model, prompt: text(letters), tokens }, signal);
  const { promptTokens } = await asked();
  const bench = (policy: keyof typeof waiting) =>
    runLlamaBench(program, { ...test, ...kind.test(promptTokens) }, waiting[policy], shell);
  const samples: SpeedSample[] = [];
  for (let round = 0; round < rounds; round += 1) {
    said(`round ${round + 1} of ${rounds}`);
    await quietMoment(patience, signal);
    const { result, others } = await watchingOthers(() => inTurns(round, asked, bench, bandwidth));
    const { answer, ...rest } = result;
    samples.push({ stack: kind.stack(answer), engine: kind.engine(answer), ...rest, others });
  }
  return { promptTokens, samples };
}

/** The answer lies between the two runs of llama-bench, each of which is the first one in every other round. */
async function inTurns(
  round: number,
  asked: () => Promise<StreamedAnswer>,
  bench: (policy: keyof typeof waiting) => Promise<number>,
  bandwidth: MeasureBandwidth,
) {
  const [first, second] =
    round % 2 === 0 ? (['active', 'passive'] as const) : (['passive', 'active'] as const);
  const before = await bench(first);
  const answer = await asked();
  const delivered = await bandwidth();
  const after = await bench(second);
  const [active, passive] = first === 'active' ? [before, after] : [after, before];
  return { answer, llamaBench: { active, passive }, bandwidth: delivered };
}
