import type { Resident } from './memory.ts';
import type { Cost } from './private-machine.ts';

/** What was run how often, and at what cost. */
export interface Series {
  readonly name: string;
  readonly costs: readonly Cost[];
}

/** The middle of the sorted values; of an even number, halfway between the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  return (low + high) / 2;
}

/** Rows of a name and cells, the first row being the headings. */
export function table(rows: readonly (readonly string[])[]): string {
  const width = Math.max(...rows.map(([name = '']) => name.length));
  return rows
    .map(([name = '', ...cells]) => `${name.padEnd(width)}${cells.map((text) => text.padStart(13)).join('')}`)
    .join('\n');
}

/** Milliseconds of CPU and of wall time, a line for each series. */
export function costTable(series: readonly Series[]): string {
  const names = ['median', 'min', 'max'];
  const width = Math.max(...series.map(({ name }) => name.length));
  const columns = (values: readonly number[]) =>
    [median(values), Math.min(...values), Math.max(...values)]
      .map((value) => cell(Math.round(value)))
      .join('');
  return [
    `${''.padEnd(width)}  ${'CPU, ms'.padStart(24)}  ${'wall, ms'.padStart(24)}`,
    `${''.padEnd(width)}  ${names.map(cell).join('')}  ${names.map(cell).join('')}`,
    ...series.map(
      ({ name, costs }) =>
        `${name.padEnd(width)}  ${columns(costs.map(({ cpu }) => cpu))}  ${columns(costs.map(({ wall }) => wall))}`,
    ),
  ].join('\n');
}

/** Megabytes of each process and of all. */
export function memoryTable(processes: readonly Resident[]): string {
  const sum = (of: 'rss' | 'pss') => processes.reduce((total, process) => total + process[of], 0);
  const rows = [...processes, { name: 'together', rss: sum('rss'), pss: sum('pss') }];
  const width = Math.max(...rows.map(({ name }) => name.length));
  const megabytes = (bytes: number) => cell((bytes / 1e6).toFixed(1));
  return [
    `${''.padEnd(width)}  ${cell('RSS, MB')}${cell('PSS, MB')}`,
    ...rows.map(({ name, rss, pss }) => `${name.padEnd(width)}  ${megabytes(rss)}${megabytes(pss)}`),
  ].join('\n');
}

function cell(value: string | number): string {
  return String(value).padStart(8);
}
