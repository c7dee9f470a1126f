import { describe, expect, it } from 'vitest';
import { soakSlope } from '../../../src/bench/gateway/figures.ts';
import { rotated } from '../../../src/bench/gateway/latency.ts';
import { added, latencyOf, over, percentile, slope } from '../../../src/bench/gateway/samples.ts';

it('the 99th percentile is a value that was measured, which one in a hundred exceeds', () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect(percentile(values, 0.99)).toBe(198);
  expect(percentile([7], 0.99)).toBe(7);
  expect(percentile([], 0.99)).toBeNaN();
});

describe('what a contestant adds', () => {
  it('is against the engine itself in the same round, so that a host that slows down for both does not change it', () => {
    const rounds = [
      { bare: { median: 10, p99: 20 }, onepilot: { median: 11, p99: 23 } },
      { bare: { median: 50, p99: 90 }, onepilot: { median: 51, p99: 92 } },
      { bare: { median: 5, p99: 9 }, onepilot: { median: 6, p99: 10 } },
    ];
    expect(added(rounds, 'onepilot', 'median')).toBe(1);
    expect(added(rounds, 'onepilot', 'p99')).toBe(2);
  });

  it('is unknown when one of the two was not measured', () => {
    expect(added([{ bare: latencyOf([1]) }], 'onepilot', 'median')).toBeNaN();
  });
});

it('a ratio of rates is made within each round', () => {
  const rounds = [
    { onepilot: 900, fastify: 1000 },
    { onepilot: 90, fastify: 100 },
    { onepilot: 10, fastify: 1000 },
  ];
  expect(over(rounds, 'onepilot', 'fastify')).toBe(0.9);
});

it('each contestant begins a round once before one begins again', () => {
  const names = ['bare', 'onepilot', 'caddy'];
  const firsts = [0, 1, 2].map((round) => rotated(names, round)[0]);
  expect(firsts).toEqual(names);
  expect(rotated(names, 4)).toEqual(['onepilot', 'caddy', 'bare']);
});

describe('growth', () => {
  it('is the slope of the line nearest to all points, not of first and last', () => {
    expect(
      slope([
        [0, 1],
        [1, 3],
        [2, 5],
      ]),
    ).toBe(2);
    expect(
      slope([
        [0, 0],
        [1, 3],
        [2, 0],
      ]),
    ).toBe(0);
  });

  it('is told in megabytes for 100,000 requests, once the heap has found its size', () => {
    const soak = [
      [10_000, 50e6],
      [20_000, 100e6],
      [30_000, 101e6],
      [40_000, 102e6],
    ] as const;
    expect(soakSlope(soak)).toBeCloseTo(10);
  });
});
