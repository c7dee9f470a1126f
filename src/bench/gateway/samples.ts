import { median } from '../table.ts';

/** Milliseconds. */
export interface Latency {
  readonly median: number;
  readonly p99: number;
}

/** Of each contestant, and of the engine itself as `bare`, measured within moments of each other. */
export type LatencyRound = Readonly<Record<string, Latency>>;

/** Some figure of each, measured within moments of each other. */
export type Round = Readonly<Record<string, number>>;

export function latencyOf(latencies: readonly number[]): Latency {
  return { median: median(latencies), p99: percentile(latencies, 0.99) };
}

/** The smallest of `values` that a `share` of them does not exceed (nearest rank); NaN of none. Pure. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Of the rounds' differences between `name` and the engine itself, the median. Pure. */
export function added(rounds: readonly LatencyRound[], name: string, of: keyof Latency): number {
  return median(rounds.map((round) => (round[name]?.[of] ?? Number.NaN) - (round.bare?.[of] ?? Number.NaN)));
}

/** Of the rounds' ratios of `name` to `other`, the median. Pure. */
export function over(rounds: readonly Round[], name: string, other: string): number {
  return median(rounds.map((round) => (round[name] ?? Number.NaN) / (round[other] ?? Number.NaN)));
}

/** The median over rounds. Pure. */
export function middleOf(rounds: readonly Round[], name: string): number {
  return median(rounds.map((round) => round[name] ?? Number.NaN));
}

/** A point of a line: x, then y. */
export type Point = readonly [number, number];

/** How much y grows with x: the line of least squares through `points`. Pure. */
export function slope(points: readonly Point[]): number {
  const mean = (of: (point: Point) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [middleX, middleY] = [mean(([x]) => x), mean(([, y]) => y)];
  const covariance = points.reduce((sum, [x, y]) => sum + (x - middleX) * (y - middleY), 0);
  const variance = points.reduce((sum, [x]) => sum + (x - middleX) ** 2, 0);
  return covariance / variance;
}
