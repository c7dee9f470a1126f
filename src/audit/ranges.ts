/** A run of bytes. */
export interface Range {
  readonly start: number;
  readonly length: number;
}

/** What two sorted lists of runs have in common. */
export function intersection(some: readonly Range[], others: readonly Range[]): Range[] {
  const common: Range[] = [];
  let at = 0;
  for (const { start, length } of some) {
    const end = start + length;
    for (; at < others.length; at += 1) {
      const other = others[at];
      if (!other || other.start >= end) break;
      const from = Math.max(start, other.start);
      const to = Math.min(end, other.start + other.length);
      if (to > from) common.push({ start: from, length: to - from });
      // This one may reach into the next of `some`.
      if (other.start + other.length > end) break;
    }
  }
  return common;
}

/** Joins neighbours of a sorted list of runs. */
export function joined(ranges: readonly Range[]): Range[] {
  const result: { start: number; length: number }[] = [];
  for (const { start, length } of ranges) {
    const last = result.at(-1);
    if (last && last.start + last.length === start) last.length += length;
    else result.push({ start, length });
  }
  return result;
}

/** What of the bytes before `end` is in no run of a list. */
export function complement(ranges: readonly Range[], end: number): Range[] {
  const rest: Range[] = [];
  let at = 0;
  for (const { start, length } of [...ranges].sort((a, b) => a.start - b.start)) {
    if (start > at) rest.push({ start: at, length: start - at });
    at = Math.max(at, start + length);
  }
  return end > at ? [...rest, { start: at, length: end - at }] : rest;
}
