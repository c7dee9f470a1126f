import type { Family, Labels, Sample } from './exposition.ts';

export function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, help, type: 'gauge', samples };
}

export function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, help, type: 'counter', samples };
}

export function sample(value: number, labels: Labels = {}): Sample {
  return { value, labels };
}

/** The samples of a family that has one number, or none where that is not known. */
export function only(value: number | undefined): readonly Sample[] {
  return value === undefined ? [] : [sample(value)];
}
