import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { fits } from '../audit/pattern.ts';
import { checkout } from '../builder/places.ts';
import type { Comparison, Difference } from './compare.ts';

/** `appliance/differences.yaml`: patterns of paths (`*` within a name, `**` across names) by the reason they differ. */
export const ExpectedDifferences = z.record(z.string().min(1), z.array(z.string().startsWith('/')));
export type ExpectedDifferences = z.infer<typeof ExpectedDifferences>;

/** The comparison in the light of what is expected. */
export interface Verdict extends Comparison {
  /** What nobody expects. */
  readonly findings: readonly Difference[];
  /** What somebody does, with the reason. */
  readonly explained: readonly (Difference & { readonly reason: string })[];
  /** Patterns that nothing matched: their reason may be gone. */
  readonly idle: readonly string[];
}

/** Sorts differences into expected ones and findings. */
export function judge(comparison: Comparison, expected: ExpectedDifferences): Verdict {
  const rows = Object.entries(expected).flatMap(([reason, patterns]) =>
    patterns.map((pattern) => ({ pattern, reason })),
  );
  const used = new Set<string>();
  const findings: Difference[] = [];
  const explained: (Difference & { reason: string })[] = [];
  for (const difference of comparison.differences) {
    const row = rows.find(({ pattern }) => fits(difference.path, pattern));
    if (!row) {
      findings.push(difference);
      continue;
    }
    used.add(row.pattern);
    explained.push({ ...difference, reason: row.reason });
  }
  return {
    ...comparison,
    findings,
    explained,
    idle: rows.map(({ pattern }) => pattern).filter((pattern) => !used.has(pattern)),
  };
}

/** Reads the checkout's table. */
export async function readExpected(
  path: string = join(checkout, 'appliance/differences.yaml'),
): Promise<ExpectedDifferences> {
  return ExpectedDifferences.parse(parse(await readFile(path, 'utf8')) ?? {});
}
