import { expect, it } from 'vitest';
import { figuresOf, GatewayFigures } from '../../../src/bench/gateway/figures.ts';
import type { GatewaySamples } from '../../../src/bench/gateway/gateway-bench.ts';
import { gatewayReport } from '../../../src/bench/gateway/report.ts';

const all = (onepilot: number, rest: number) => ({
  ...{ bare: rest, onepilot },
  ...{ fastify: rest, haproxy: rest, caddy: rest },
});
const latencies = (onepilot: number) =>
  Object.fromEntries(
    Object.entries(all(onepilot, 10)).map(([name, median]) => [name, { median, p99: median * 2 }]),
  );
const round = (others: number, onepilot: number) => ({
  ...{ others, rates: all(onepilot, 1000), processor: all(100, 50) },
});
const samples: GatewaySamples = {
  starts: [all(300, 100)],
  completions: [round(0.5, 100), round(0, 900), round(0.1, 900)],
  models: [round(0, 2000)],
  paced: [round(0, 1000)],
  steady: [latencies(11)],
  growth: {
    resident: { onepilot: 130e6, fastify: 110e6 },
    soak: [
      [1, 1e6],
      [2, 1e6],
      [3, 1e6],
      [4, 1e6],
    ],
  },
  sequential: [latencies(10.5)],
  concurrent: [latencies(12)],
  streams: [{ others: 0, rates: { bare: 100, onepilot: 99 }, processor: {} }],
  others: 0.02,
  failed: 1,
};
const machine = {
  ...{ processor: 'CPU', cores: 2, simd: 'AVX2', memory: 1e9, kernel: '6', node: 'v24', commit: 'c' },
  ...{ load_average_before: 0, load_average_after: 1 },
};

it('the figures of the aims come from the rounds that were least disturbed, in their units', () => {
  const figures = GatewayFigures.parse(figuresOf(samples, machine, { tokens: 400, streams: 16 }));
  expect(figures).toMatchObject({
    ...{ added_ms_sequential: 0.5, added_ms_p99_c16: 2, stream_over_bare: 0.99 },
    ...{ requests_over_fastify: 0.9, requests_over_caddy: 0.9, requests_over_haproxy: 0.9 },
    ...{ rss_mb: 130, rss_over_fastify_mb: 20, soak_mb_per_100k: 0, start_ms: 300, failed_answers: 1 },
    models_over: { fastify: 2 },
  });
  expect(figures.contestants.haproxy).not.toHaveProperty('stream_tokens_per_second');
  expect(gatewayReport(figures)).not.toMatch(/MISSED|NaN|undefined/);
});
