import * as z from 'zod';
import { leastDisturbed } from '../engine/others.ts';
import { MachineFigures } from '../machine.ts';
import { median } from '../table.ts';
import { contestantNames } from './contestants.ts';
import { type GatewaySamples, streamShape } from './gateway-bench.ts';
import { added, type LatencyRound, middleOf, over, slope } from './samples.ts';

const rate = z.number().positive();

/** Medians over rounds. Milliseconds; `added` is against the engine itself in the same round. */
const Latencies = z.strictObject({
  median: rate,
  p99: rate,
  added_median: z.number(),
  added_p99: z.number(),
});
export type Latencies = z.infer<typeof Latencies>;

/** Of the engine itself, `bare`, and each contestant. Rates are a second, processor times microseconds. */
const Contestant = z.strictObject({
  sequential_ms: Latencies,
  c16_ms: Latencies,
  steady_c16_ms: Latencies,
  completions_per_second: rate,
  completion_processor_us: rate,
  models_per_second: rate,
  models_processor_us: rate,
  paced_tokens_per_second: rate,
  /** Not of the engine. */
  paced_token_processor_us: z.number().optional(),
  start_ms: rate.optional(),
  stream_tokens_per_second: rate.optional(),
});

const Ratios = z.record(z.string(), rate);

/** What `--json` writes. */
export const GatewayFigures = z.strictObject({
  machine: MachineFigures,
  /** Part of the machine that other programs took, 0 to 1. */
  others: z.number(),
  /** Answers, of whomever, that failed and were asked for again. */
  failed_answers: z.int(),
  added_ms_sequential: z.number(),
  added_ms_p99_c16: z.number(),
  stream_over_bare: rate,
  requests_over_fastify: rate,
  requests_over_caddy: rate,
  requests_over_haproxy: rate,
  completions_over: Ratios,
  models_over: Ratios,
  rss_mb: rate,
  rss_over_fastify_mb: z.number(),
  /** Megabytes that the gateway grows by in 100,000 requests, over the later half of the soak. */
  soak_mb_per_100k: z.number(),
  start_ms: rate,
  stream: z.strictObject({ shape: z.string(), tokens: z.int(), streams: z.int(), over_bare: Ratios }),
  contestants: z.record(z.string(), Contestant),
});
export type GatewayFigures = z.infer<typeof GatewayFigures>;

const megabyte = 1e6;
const others = contestantNames.filter((name) => name !== 'onepilot');

/**
 * Medians and ratios of what was measured; of rates and streams the half of the rounds counts during which others took
 * least of the machine. Pure.
 */
export function figuresOf(
  measured: GatewaySamples,
  machine: MachineFigures,
  stream: { readonly tokens: number; readonly streams: number },
): GatewayFigures {
  const samples = {
    ...measured,
    completions: leastDisturbed(measured.completions),
    models: leastDisturbed(measured.models),
    paced: leastDisturbed(measured.paced),
    streams: leastDisturbed(measured.streams),
  };
  const { starts, completions, models, sequential, steady, growth, streams } = samples;
  const rates = streams.map((round) => round.rates);
  const streamed = Object.keys(rates[0] ?? {}).filter((name) => name !== 'bare');
  const ratios = (rounds: typeof completions) =>
    Object.fromEntries(
      others.map((name) => [
        name,
        over(
          rounds.map((round) => round.rates),
          'onepilot',
          name,
        ),
      ]),
    );
  const completionRatios = ratios(completions);
  const { onepilot = Number.NaN, fastify = Number.NaN } = growth.resident;
  return {
    machine,
    others: samples.others,
    failed_answers: samples.failed,
    added_ms_sequential: added(sequential, 'onepilot', 'median'),
    added_ms_p99_c16: added(steady, 'onepilot', 'p99'),
    stream_over_bare: over(rates, 'onepilot', 'bare'),
    requests_over_fastify: completionRatios.fastify ?? Number.NaN,
    requests_over_caddy: completionRatios.caddy ?? Number.NaN,
    requests_over_haproxy: completionRatios.haproxy ?? Number.NaN,
    completions_over: completionRatios,
    models_over: ratios(models),
    rss_mb: onepilot / megabyte,
    rss_over_fastify_mb: (onepilot - fastify) / megabyte,
    soak_mb_per_100k: soakSlope(growth.soak),
    start_ms: middleOf(starts, 'onepilot'),
    stream: {
      ...{ shape: streamShape, ...stream },
      over_bare: Object.fromEntries(streamed.map((name) => [name, over(rates, name, 'bare')])),
    },
    contestants: Object.fromEntries(
      ['bare', ...contestantNames].map((name) => [name, contestant(name, samples)]),
    ),
  };
}

/** Megabytes in 100,000 requests. The first half is left out: a heap finds its size in it. Pure. */
export function soakSlope(soak: GatewaySamples['growth']['soak']): number {
  return (slope(soak.slice(Math.floor(soak.length / 2))) * 100_000) / megabyte;
}

function contestant(name: string, samples: GatewaySamples): z.infer<typeof Contestant> {
  const { sequential, concurrent, steady, completions, models, paced, starts, streams } = samples;
  const isStreamed = streams[0]?.rates[name] !== undefined;
  return {
    sequential_ms: latencies(sequential, name),
    c16_ms: latencies(concurrent, name),
    steady_c16_ms: latencies(steady, name),
    completions_per_second: middleOf(
      completions.map(({ rates }) => rates),
      name,
    ),
    completion_processor_us: middleOf(
      completions.map(({ processor }) => processor),
      name,
    ),
    models_per_second: middleOf(
      models.map(({ rates }) => rates),
      name,
    ),
    models_processor_us: middleOf(
      models.map(({ processor }) => processor),
      name,
    ),
    paced_tokens_per_second: middleOf(
      paced.map(({ rates }) => rates),
      name,
    ),
    ...(name !== 'bare' && {
      paced_token_processor_us: middleOf(
        paced.map(({ processor }) => processor),
        name,
      ),
      start_ms: middleOf(starts, name),
    }),
    ...(isStreamed && {
      stream_tokens_per_second: middleOf(
        streams.map(({ rates }) => rates),
        name,
      ),
    }),
  };
}

function latencies(rounds: readonly LatencyRound[], name: string): Latencies {
  const middle = (of: 'median' | 'p99') => median(rounds.map((round) => round[name]?.[of] ?? Number.NaN));
  return {
    median: middle('median'),
    p99: middle('p99'),
    added_median: added(rounds, name, 'median'),
    added_p99: added(rounds, name, 'p99'),
  };
}
