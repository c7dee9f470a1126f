import { failure } from '../errors/catalogue.ts';
import { rules } from './rules/all.ts';
import type { Subject } from './subject.ts';

/** What one rule found. */
export interface RuleResult {
  readonly name: string;
  readonly about: string;
  readonly findings: readonly string[];
  readonly ms: number;
}

/** Lets every rule look at an image, one after the other. */
export async function* runRules(subject: Subject, wanted = rules): AsyncGenerator<RuleResult> {
  for (const { name, about, check } of wanted) {
    const start = Date.now();
    const findings = await check(subject);
    yield { name, about, findings, ms: Date.now() - start };
  }
}

/**
 * Ends with all that was found, if anything was.
 * @throws AUDIT_FINDINGS
 */
export function requireClean(image: string, results: readonly Pick<RuleResult, 'name' | 'findings'>[]): void {
  const lines = results.flatMap(({ name, findings }) => findings.map((finding) => `  ${name}: ${finding}`));
  if (lines.length === 0) return;
  const count = lines.length === 1 ? 'one finding' : `${lines.length} findings`;
  throw failure('AUDIT_FINDINGS', { image, count, findings: lines.join('\n') });
}
