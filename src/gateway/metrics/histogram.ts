import { keyOf, labelsOf } from './counter.ts';
import type { Family, Sample } from './exposition.ts';

interface Series {
  /** For each bucket, those that fell into it and no lower one; the last is beyond all bounds. */
  readonly counts: number[];
  sum: number;
}

/** How numbers are spread, for each combination of its labels' values. */
export class Histogram<Label extends string> {
  readonly #name: string;
  readonly #help: string;
  readonly #labels: readonly Label[];
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Series>();

  /** @param bounds The buckets' upper ends, inclusive and rising. */
  constructor(name: string, help: string, labels: readonly Label[], bounds: readonly number[]) {
    this.#name = name;
    this.#help = help;
    this.#labels = labels;
    this.#bounds = bounds;
  }

  observe(labels: Readonly<Record<Label, string>>, value: number): void {
    if (!(value >= 0)) return;
    const key = keyOf(this.#labels, labels);
    const series = this.#series.get(key) ?? { counts: Array(this.#bounds.length + 1).fill(0), sum: 0 };
    this.#series.set(key, series);
    const found = this.#bounds.findIndex((bound) => value <= bound);
    const at = found < 0 ? this.#bounds.length : found;
    series.counts[at] = (series.counts[at] ?? 0) + 1;
    series.sum += value;
  }

  get family(): Family {
    const samples = [...this.#series].flatMap(([key, series]) => this.#samplesOf(key, series));
    return { name: this.#name, help: this.#help, type: 'histogram', samples };
  }

  #samplesOf(key: string, { counts, sum }: Series): Sample[] {
    const labels = labelsOf(this.#labels, key);
    let total = 0;
    const buckets = counts.map((count, at): Sample => {
      total += count;
      const bound = this.#bounds[at];
      const le = bound === undefined ? '+Inf' : String(bound);
      return { suffix: '_bucket', labels: { ...labels, le }, value: total };
    });
    return [...buckets, { suffix: '_sum', labels, value: sum }, { suffix: '_count', labels, value: total }];
  }
}
