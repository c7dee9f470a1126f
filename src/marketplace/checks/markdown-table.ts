/** A row of a Markdown table: the text of its cells by the heading of their column, without marks of code. */
export type TableRow = Readonly<Record<string, string>>;

/** Every row of every table in a Markdown text (GitHub Flavored Markdown, 4.10). */
export function tableRows(markdown: string): TableRow[] {
  const rows: TableRow[] = [];
  let headings: readonly string[] | undefined;
  const lines = markdown.split('\n');
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith('|')) headings = undefined;
    else if (/^\|[ :|-]+\|\s*$/.test(lines[index + 1] ?? '')) headings = cellsOf(line);
    else if (headings && !/^\|[ :|-]+\|\s*$/.test(line)) rows.push(rowOf(headings, cellsOf(line)));
  }
  return rows;
}

function cellsOf(line: string): string[] {
  return line
    .trim()
    .slice(1)
    .replace(/\|$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}

function rowOf(headings: readonly string[], cells: readonly string[]): TableRow {
  return Object.fromEntries(headings.map((heading, index) => [heading.toLowerCase(), cells[index] ?? '']));
}
