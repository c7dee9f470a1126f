import type { Family, Labels, Sample } from './exposition.ts';

/** Values of labels, joined: one entry for each combination that was met. */
const separator = '\u0000';

/** A number that only grows, for each combination of its labels' values. */
export class Counter<Label extends string> {
  readonly #name: string;
  readonly #help: string;
  readonly #labels: readonly Label[];
  readonly #values = new Map<string, number>();

  constructor(name: string, help: string, labels: readonly Label[]) {
    this.#name = name;
    this.#help = help;
    this.#labels = labels;
  }

  add(labels: Readonly<Record<Label, string>>, amount = 1): void {
    if (!(amount >= 0)) return;
    const key = keyOf(this.#labels, labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + amount);
  }

  get family(): Family {
    const samples = [...this.#values].map(
      ([key, value]): Sample => ({ labels: labelsOf(this.#labels, key), value }),
    );
    return { name: this.#name, help: this.#help, type: 'counter', samples };
  }
}

/** The values of `labels` in the order of `names`. */
export function keyOf<Label extends string>(
  names: readonly Label[],
  labels: Readonly<Record<Label, string>>,
): string {
  return names.map((name) => labels[name]).join(separator);
}

export function labelsOf(names: readonly string[], key: string): Labels {
  const values = key.split(separator);
  return Object.fromEntries(names.map((name, at) => [name, values[at] ?? '']));
}
