import type { ContextProblem } from '../../gateway/configuration.ts';
import { wrap } from '../../report/wrap.ts';

/** Rows of cells in columns; the last column is not padded. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  }
  return rows.map((row) =>
    (indent + row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')).trimEnd(),
  );
}

/** Problems under a heading, each with its variable, what is wrong and how to fix it; nothing when there are none. */
export function problemLines(heading: string, problems: readonly ContextProblem[]): string[] {
  if (problems.length === 0) return [];
  return [
    '',
    `${heading}:`,
    ...problems.flatMap(({ code, variable, what, fix }) => [
      `  ${variable === undefined ? code : `${variable} (${code})`}`,
      ...wrap(what, '    '),
      ...wrap(fix, '    '),
    ]),
  ];
}

/** `1 error`, `2 errors`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Lines as a text that ends as texts do. */
export function asText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
