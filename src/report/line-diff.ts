/** A line that is in both texts (` `), only in the new one (`+`), or only in the old one (`-`). */
export interface DiffLine {
  readonly sign: ' ' | '+' | '-';
  readonly text: string;
}

/** Cells of the table for which the longest common subsequence is searched; beyond it all counts as replaced. */
const largestTable = 1_000_000;

/** How `after` differs from `before`, line by line. */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  const [old, fresh] = [linesOf(before), linesOf(after)];
  let start = 0;
  while (start < Math.min(old.length, fresh.length) && old[start] === fresh[start]) start += 1;
  let end = 0;
  const left = Math.min(old.length, fresh.length) - start;
  while (end < left && old[old.length - 1 - end] === fresh[fresh.length - 1 - end]) end += 1;

  return [
    ...signed(' ', old.slice(0, start)),
    ...middle(old.slice(start, old.length - end), fresh.slice(start, fresh.length - end)),
    ...signed(' ', old.slice(old.length - end)),
  ];
}

/**
 * The changed places of a diff as `diff -u` shows them: `@@ -line,count +line,count @@`, then the lines with
 * `context` unchanged ones around.
 */
export function hunks(lines: readonly DiffLine[], context: number): string[] {
  const shown = lines.map((_, at) =>
    lines.slice(Math.max(0, at - context), at + context + 1).some(({ sign }) => sign !== ' '),
  );
  const out: string[] = [];
  let [oldLine, newLine] = [1, 1];
  for (const [at, { sign, text }] of lines.entries()) {
    if (shown[at]) {
      if (!shown[at - 1]) {
        const end = shown.indexOf(false, at);
        const hunk = lines.slice(at, end < 0 ? lines.length : end);
        out.push(`@@ ${range('-', oldLine, hunk, '+')} ${range('+', newLine, hunk, '-')} @@`);
      }
      out.push(sign + text);
    }
    if (sign !== '+') oldLine += 1;
    if (sign !== '-') newLine += 1;
  }
  return out;
}

function range(sign: '+' | '-', line: number, hunk: readonly DiffLine[], other: '+' | '-'): string {
  const count = hunk.filter((entry) => entry.sign !== other).length;
  // As diff -u has it: what is empty stands behind the line before it.
  return `${sign}${count === 0 ? line - 1 : line},${count}`;
}

function linesOf(text: string): string[] {
  if (text === '') return [];
  if (text.endsWith('\n')) return text.slice(0, -1).split('\n');
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  return [...lines, `${last} (no newline at the end)`];
}

function signed(sign: DiffLine['sign'], lines: readonly string[]): DiffLine[] {
  return lines.map((text) => ({ sign, text }));
}

/** By the longest common subsequence. */
function middle(old: readonly string[], fresh: readonly string[]): DiffLine[] {
  if (old.length * fresh.length > largestTable) return [...signed('-', old), ...signed('+', fresh)];
  const width = fresh.length + 1;
  /** At `i * width + j`: lines that `old` from i and `fresh` from j have in common. */
  const common = new Uint32Array((old.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = fresh.length - 1; j >= 0; j -= 1) {
      common[i * width + j] =
        old[i] === fresh[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const out: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < fresh.length) {
    const [gone, come] = [old[i], fresh[j]];
    if (gone !== undefined && gone === come) {
      out.push({ sign: ' ', text: gone });
      i += 1;
      j += 1;
    } else if (gone !== undefined && (come === undefined || at(i + 1, j) >= at(i, j + 1))) {
      out.push({ sign: '-', text: gone });
      i += 1;
    } else if (come !== undefined) {
      out.push({ sign: '+', text: come });
      j += 1;
    }
  }
  return out;
}
