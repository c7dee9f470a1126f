import { mebibyte } from '../../engine/sizing/memory.ts';
import { machineLines } from '../machine.ts';
import { table } from '../table.ts';
import type { Budget, Figures, Speed } from './figures.ts';

/** What the figures of an aim have to reach. */
const aims = { stack_over_llama_bench: 0.98, chat_and_complete_over_alternating: 0.8 } as const;
/** How far a prediction of memory may be off. */
const memoryTolerance = 0.1;

/** From this part of the machine on that others took, speeds are not those of a quiet machine. */
const disturbingShare = 0.05;

/** The figures as a table for people, with what was aimed at. Pure. */
export function engineReport(figures: Figures): string {
  const { machine, generation, prompt, one_budget, memory, batches } = figures;
  const rows: (readonly string[])[] = [
    ['', 'stack', 'llama-bench', '  passive', 'stack/bench', 'passive', 'others'],
    ['generation', ...speedCells(generation)],
    ['prompt', ...speedCells(prompt)],
  ];
  const budgets: (readonly string[])[] = [
    ['', 'in turns', 'at once', 'turns/once', 'others'],
    ['as configured', ...budgetCells(one_budget.as_configured)],
    ['default waiting', ...budgetCells(one_budget.default_waiting)],
  ];
  const memories: (readonly string[])[] = [
    ['', 'predicted', 'measured', 'ratio'],
    ...memory.map(({ shape, predicted, measured, predicted_over_measured }) => [
      shape,
      `${Math.round(predicted / mebibyte)} MiB`,
      `${Math.round(measured / mebibyte)} MiB`,
      predicted_over_measured.toFixed(3),
    ]),
  ];
  const sizes: (readonly string[])[] = [
    ['', 'tokens/s', 'over 512', 'others'],
    ...Object.entries(batches.prompt_tokens_per_second).map(([size, rate]) => [
      size,
      rate.toFixed(1),
      (batches.over_512[size] ?? Number.NaN).toFixed(3),
      percent(batches.others),
    ]),
  ];
  const bandwidth = (figures.read_bandwidth / 1e9).toFixed(1);
  const perToken = (figures.bytes_per_token / 1e6).toFixed(0);
  return `
${machineLines(machine)}; \
«others» is the part of the machine that other programs took

Tokens a second, ${figures.shape}: ${generation.tokens} tokens after ${generation.depth}, prompts of ${prompt.depth}

${table(rows)}

Memory was read at ${bandwidth} GB/s; a token takes ${perToken} MB: generation runs at \
${figures.of_bandwidth_bound.toFixed(2)} of that bound.

Chat and completion, milliseconds for both answers

${table(budgets)}

Peak anonymous memory

${table(memories)}

Prompt by batch size, llama-bench

${table(sizes)}

${[...verdicts(figures), ...disturbances(figures)].join('\n')}
`;
}

/** Which speeds were measured while others used the machine, if any. Pure. */
export function disturbances({
  generation,
  prompt,
  one_budget,
  batches,
}: {
  readonly [Part in 'generation' | 'prompt' | 'batches']: Pick<Figures[Part], 'others'>;
} & { readonly one_budget: { readonly as_configured: Pick<Budget, 'others'> } }): string[] {
  const parts = { generation, prompt, 'one budget': one_budget.as_configured, batches };
  const disturbed = Object.entries(parts).filter(([, { others }]) => others >= disturbingShare);
  if (disturbed.length === 0) return [];
  const list = disturbed.map(([name, { others }]) => `${name} ${percent(others)}`).join(', ');
  return [
    `NOT QUIET: others took part of the machine (${list}). Threads that wait actively suffer most from that, which`,
    'flatters the stack: repeat this on a quiet machine before believing a ratio.',
  ];
}

/** A line for each aim that has been set. Pure. */
export function verdicts(figures: Pick<Figures, keyof typeof aims | 'memory'>): string[] {
  const reached = (['stack_over_llama_bench', 'chat_and_complete_over_alternating'] as const).map((name) => {
    const [figure, aim] = [figures[name], aims[name]];
    return `${figure >= aim ? 'reached' : 'MISSED '}  ${name} ${figure.toFixed(3)}, aim ${aim}`;
  });
  const memories = figures.memory.map(({ shape, predicted_over_measured: ratio }) => {
    const isClose = Math.abs(ratio - 1) <= memoryTolerance;
    return `${isClose ? 'reached' : 'MISSED '}  memory of ${shape}: predicted/measured ${ratio.toFixed(3)}, aim within 10 %`;
  });
  return [...reached, ...memories];
}

function speedCells(speed: Speed): string[] {
  return [
    speed.stack_tokens_per_second.toFixed(1),
    speed.llama_bench_default_waiting.toFixed(1),
    speed.llama_bench_passive_waiting.toFixed(1),
    speed.stack_over_llama_bench.toFixed(3),
    speed.stack_over_llama_bench_passive.toFixed(3),
    percent(speed.others),
  ];
}

function budgetCells(budget: Budget): string[] {
  return [
    budget.turns_ms.toFixed(0),
    budget.together_ms.toFixed(0),
    budget.chat_and_complete_over_alternating.toFixed(3),
    percent(budget.others),
  ];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
