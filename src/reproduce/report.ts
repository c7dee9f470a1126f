import { failure } from '../errors/catalogue.ts';
import type { Difference } from './compare.ts';
import type { Verdict } from './expected.ts';

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** A line for a difference. */
export function differenceLine({ path, what }: Difference): string {
  return `${path}: ${what.join(', ')}`;
}

/** The verdict as lines for people; findings are the error's to tell. */
export function verdictLines({ paths, differences, times, explained, idle }: Verdict): string[] {
  return [
    `  ${count(paths, 'path')} compared, ${differences.length} differ; ${count(times, 'time')} of last change besides.`,
    ...explained.map((difference) => `  expected: ${differenceLine(difference)} (${difference.reason})`),
    ...idle.map(
      (pattern) => `  no longer differs: ${pattern}: its row in appliance/differences.yaml may go.`,
    ),
  ];
}

/** @throws REPRODUCE_DIFFERS with every finding */
export function requireNoFindings({ findings }: Pick<Verdict, 'findings'>): void {
  if (findings.length === 0) return;
  const differences = findings.map((finding) => `  ${differenceLine(finding)}`).join('\n');
  throw failure('REPRODUCE_DIFFERS', { count: findings.length, differences });
}
