import type { ModelFacts } from '../../models/facts.ts';
import { median } from '../table.ts';

/** Bytes of a number of keys and values in f16, which is what is measured. */
const cacheNumber = 2;
/** Bytes of a number of a recurrent state. */
const stateNumber = 4;

/**
 * Bytes that memory must deliver for one more token after `depth` others: active weights, keys and values of the
 * tokens it looks back at, and recurrent states. Pure.
 */
export function bytesPerToken(facts: ModelFacts, depth: number): number {
  const keysAndValues = facts.attention.reduce(
    (sum, { blocks, keys, values, window = depth }) =>
      sum + blocks * (keys + values) * cacheNumber * Math.min(window, depth),
    0,
  );
  const states = facts.recurrent ? facts.recurrent.blocks * facts.recurrent.state * stateNumber : 0;
  return facts.activeWeights + keysAndValues + states;
}

/** The median of `of` over samples. */
export function middle<Sample>(samples: readonly Sample[], of: (sample: Sample) => number): number {
  return median(samples.map(of));
}

/**
 * The median of ratios of neighbours: what was measured within the same round is compared, since the speed of a
 * shared host drifts from round to round.
 */
export function ratioOfNeighbours<Sample>(
  samples: readonly Sample[],
  of: (sample: Sample) => number,
  to: (sample: Sample) => number,
): number {
  return middle(samples, (sample) => of(sample) / to(sample));
}
