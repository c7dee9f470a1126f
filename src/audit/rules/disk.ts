import { rootOffset } from '../../builder/stages/base.ts';
import { type Partition, partitionTypes } from '../disk.ts';
import type { Rule } from '../subject.ts';

const mebibyte = 1024 ** 2;

/** Where the base stage puts each partition, in bytes; the root may have grown. */
const layout = [
  { name: 'bios', start: mebibyte, end: 2 * mebibyte },
  { name: 'efi', start: 2 * mebibyte, end: rootOffset },
  { name: 'root', start: rootOffset },
] as const;

function isOfLayout({ type, start, length }: Partition, wanted: (typeof layout)[number]): boolean {
  const isInPlace = start === wanted.start && (!('end' in wanted) || start + length === wanted.end);
  return type === partitionTypes[wanted.name] && isInPlace;
}

export const disk: Rule = {
  name: 'disk',
  about: "the disk has the build's three partitions, and nothing lies where another is mounted",
  check: async ({ partitions, hidden }) => [
    ...partitions
      .filter((partition) => !layout.some((wanted) => isOfLayout(partition, wanted)))
      .map(
        ({ type, start, length }) =>
          `a partition of ${length} bytes at ${start}, ${type}, is not the build's`,
      ),
    ...layout
      .filter((wanted) => !partitions.some((partition) => isOfLayout(partition, wanted)))
      .map(({ name }) => `the partition ${name} is not where the build puts it`),
    ...hidden.map((path) => `${path} is covered by the EFI partition, which is mounted over it`),
  ],
};
