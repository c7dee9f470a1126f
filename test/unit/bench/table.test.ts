import { expect, it } from 'vitest';
import { costTable, median, memoryTable } from '../../../src/bench/table.ts';

it('takes the middle of an odd number of values, and halfway between the two in the middle of an even one', () => {
  expect(median([30, 1, 10])).toBe(10);
  expect(median([40, 1, 30, 10])).toBe(20);
});

it('puts CPU before wall time, each with median, least and most', () => {
  const costs = [
    { cpu: 30, wall: 300 },
    { cpu: 10, wall: 100 },
    { cpu: 20, wall: 900 },
  ];
  const row = costTable([{ name: 'agent', costs }])
    .split('\n')
    .at(-1);
  expect(row?.split(/\s+/)).toEqual(['agent', '20', '10', '30', '300', '100', '900']);
});

it('adds up what stays in memory', () => {
  const table = memoryTable([
    { name: 'gateway', rss: 70_000_000, pss: 60_000_000 },
    { name: 'engine', rss: 30_500_000, pss: 5_000_000 },
  ]);
  expect(table.split('\n').at(-1)?.split(/\s+/)).toEqual(['together', '100.5', '65.0']);
});
