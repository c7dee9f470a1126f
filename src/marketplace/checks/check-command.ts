import { failure } from '../../errors/catalogue.ts';
import { checkSubmission } from './check-submission.ts';
import type { UrlOptions } from './check-urls.ts';
import { type Finding, rules } from './finding.ts';

/**
 * `npm run marketplace -- --check DIR [--image FILE]…`: every finding, or that there is none.
 * @param images the images and disks of models that the entries describe
 * @param options `rehearsal`: nothing of it is published, URLs may be below `.internal`
 * @throws MARKETPLACE_CHECK_FAILED, and what `checkSubmission` throws
 */
export async function checkCommand(
  folder: string,
  images: readonly string[],
  write: (text: string) => void,
  options: Partial<UrlOptions> = {},
): Promise<void> {
  const findings = await checkSubmission(folder, { images, ...options });
  if (findings.length > 0) {
    const lines = findings.map(describeFinding).join('\n');
    throw failure('MARKETPLACE_CHECK_FAILED', { folder, count: findings.length, findings: lines });
  }
  const compared =
    images.length > 0 ? '' : ' The images themselves were not looked at: name them with --image FILE.';
  write(`${folder} keeps all ${Object.keys(rules).length} rules of those who will read it.${compared}\n`);
}

/** A finding for reading: where, what, and why it matters. */
export function describeFinding({ file, rule, problem }: Finding): string {
  return `  ${file}: ${problem}\n      ${rule}: ${rules[rule]}`;
}
