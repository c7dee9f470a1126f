import { type Disturbed, quietMoment, watchingOthers } from './others.ts';
import type { Stack } from './stack.ts';
import { ask, type Question } from './streamed-answer.ts';

/** The same two answers one after the other and at once; milliseconds until both were there. */
export interface BudgetSample extends Disturbed {
  readonly turns: number;
  readonly together: number;
}

export interface BudgetSetup {
  readonly stack: Stack;
  /** Ids of the models. */
  readonly chat: string;
  readonly complete: string;
  /** Letters of each prompt, and tokens of each answer. */
  readonly letters: number;
  readonly tokens: number;
  readonly text: (letters: number) => string;
  readonly signal: AbortSignal;
  readonly rounds: number;
  readonly said: (text: string) => void;
}

/** Milliseconds to wait for a quiet machine before each round. */
const patience = 10_000;

/** Chat and completion by two models, in turns and together, alternating. */
export async function measureBudget(setup: BudgetSetup): Promise<readonly BudgetSample[]> {
  const { stack, chat, complete, letters, tokens, text, signal, rounds, said } = setup;
  const question = (role: Question['role'], model: string) => () =>
    ask(stack.endpoint, { role, model, prompt: text(letters), tokens }, signal);
  const chatting = question('chat', chat);
  const completing = question('complete', complete);
  await Promise.all([chatting(), completing()]);
  const samples: BudgetSample[] = [];
  for (let round = 0; round < rounds; round += 1) {
    said(`round ${round + 1} of ${rounds}`);
    await quietMoment(patience, signal);
    const { result, others } = await watchingOthers(async () => {
      const turns = async () => {
        await chatting();
        await completing();
      };
      const together = () => Promise.all([chatting(), completing()]);
      if (round % 2 === 0) return { turns: await timed(turns), together: await timed(together) };
      const both = await timed(together);
      return { turns: await timed(turns), together: both };
    });
    samples.push({ ...result, others });
  }
  return samples;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
