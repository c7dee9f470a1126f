import { expect, it } from 'vitest';
import { changedBetween } from '../../../src/bench/changes.ts';

const before = new Map([
  ['etc/hosts', '1 100'],
  ['etc/motd', '2 100'],
  ['etc/hostname', '3 100'],
]);

it('finds a file written again with the same content, one that went and one that came', () => {
  const after = new Map([
    ['etc/hosts', '9 200'],
    ['etc/hostname', '3 100'],
    ['etc/nftables.conf', '4 200'],
  ]);
  expect(changedBetween(before, after)).toEqual(['etc/hosts', 'etc/motd', 'etc/nftables.conf']);
});

it('finds nothing where nothing was written', () => {
  expect(changedBetween(before, new Map(before))).toEqual([]);
});
