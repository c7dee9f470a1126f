import { machineLines } from '../machine.ts';
import { table } from '../table.ts';
import type { GatewayFigures } from './figures.ts';
import { pace, serviceTime } from './gateway-bench.ts';

/** What the figures have to reach: at least, or at most. */
const aims = {
  added_ms_sequential: { most: 1 },
  added_ms_p99_c16: { most: 3 },
  stream_over_bare: { least: 0.98 },
  requests_over_fastify: { least: 0.9 },
  rss_over_fastify_mb: { most: 40 },
  start_ms: { most: 1000 },
} as const;

type Aim = { readonly least: number } | { readonly most: number };

/** Megabytes in 100,000 requests that count as flat: a heap breathes by more than that. */
const flat = 2;

/** From this part of the machine on that others took, figures are not those of a quiet machine. */
const disturbingShare = 0.05;

/** The figures as tables for people, with what was aimed at. Pure. */
export function gatewayReport(figures: GatewayFigures): string {
  const { contestants, stream, completions_over, models_over } = figures;
  const rows = (heads: readonly string[], cells: (of: Figures) => readonly string[]) =>
    table([['', ...heads], ...Object.entries(contestants).map(([name, of]) => [name, ...cells(of)])]);
  const latency = (of: (figures: Figures) => Figures['c16_ms']) =>
    rows(['median', 'p99', 'added', 'added p99'], (contestant) => {
      const { median, p99, added_median, added_p99 } = of(contestant);
      return [median, p99, added_median, added_p99].map((value) => value.toFixed(2));
    });
  const ratios = (of: GatewayFigures['completions_over']) =>
    Object.entries(of)
      .map(([name, ratio]) => `${ratio.toFixed(2)} of ${name}'s`)
      .join(', ');
  return `
${machineLines(figures.machine)}; others took ${(figures.others * 100).toFixed(0)} % of it
bare is the engine itself, in the clear over a unix socket (TCP for requests a second); all others terminate TLS

Milliseconds for a completion of one token, one at a time, llama-server with the smoke model

${latency(({ sequential_ms }) => sequential_ms)}

The same, 16 at a time: the processors are never idle, and who waits for them is in these figures too

${latency(({ c16_ms }) => c16_ms)}

The same, 16 at a time, a fake engine that takes ${serviceTime} ms for each

${latency(({ steady_c16_ms }) => steady_c16_ms)}

Requests a second and microseconds of processor time each, fake engine, 16 kept connections; HAProxy and Caddy use
every core, the others one. OnePilot: ${ratios(completions_over)} completions; ${ratios(models_over)} lists of models.

${rows(['completions', 'µs each', 'model lists', 'µs each'], (of) =>
  [of.completions_per_second, of.completion_processor_us, of.models_per_second, of.models_processor_us].map(
    (value) => value.toFixed(0),
  ),
)}

Streams of 16 at a time: fake engine at a token every ${pace} ms; ${stream.shape}, ${stream.tokens} tokens each; start

${rows(['fake, t/s', 'µs a token', 'real, t/s', 'start, ms'], (of) => [
  of.paced_tokens_per_second.toFixed(0),
  optional(of.paced_token_processor_us, 1),
  optional(of.stream_tokens_per_second, 1),
  optional(of.start_ms, 0),
])}

Memory of the gateway ${figures.rss_mb.toFixed(1)} MB; ${figures.failed_answers} answers, of whomever, failed and were asked for again

${verdicts(figures).join('\n')}
`;
}

type Figures = GatewayFigures['contestants'][string];

function optional(value: number | undefined, digits: number): string {
  return value === undefined ? '-' : value.toFixed(digits);
}

/** A line for each aim, and whether the machine was quiet. Pure. */
export function verdicts(
  figures: Pick<GatewayFigures, keyof typeof aims | 'soak_mb_per_100k' | 'others'>,
): string[] {
  const all: [string, number, Aim][] = [
    ...(['added_ms_sequential', 'added_ms_p99_c16', 'stream_over_bare'] as const),
    ...(['requests_over_fastify', 'rss_over_fastify_mb', 'start_ms'] as const),
  ].map((name) => [name, figures[name], aims[name]]);
  all.push(['soak_mb_per_100k', figures.soak_mb_per_100k, { most: flat }]);
  const lines = all.map(([name, figure, aim]) => {
    const isReached = 'least' in aim ? figure >= aim.least : figure <= aim.most;
    const aimed = 'least' in aim ? `at least ${aim.least}` : `at most ${aim.most}`;
    return `${isReached ? 'reached' : 'MISSED '}  ${name} ${figure.toFixed(3)}, aim ${aimed}`;
  });
  if (figures.others < disturbingShare) return lines;
  return [...lines, 'NOT QUIET: others used the machine; ratios within a round stand, times do not.'];
}
