import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkout } from '../builder/places.ts';
import { productVersion } from '../builder/product.ts';

/** What a checkout is, as far as it decides whether a version can be released from it. */
export interface CheckoutFacts {
  /** Version in package.json. */
  readonly version: string;
  readonly changelog: string;
  /** Paths that differ from the last commit; undefined where there is no repository. */
  readonly changed: readonly string[] | undefined;
}

/** Reads the checkout this code runs from. */
export async function readCheckout(): Promise<CheckoutFacts> {
  const git = ['-c', `safe.directory=${checkout}`, '-C', checkout, 'status', '--porcelain'];
  const status = await promisify(execFile)('git', git).catch(() => undefined);
  return {
    version: await productVersion(),
    changelog: await readFile(join(checkout, 'CHANGELOG.md'), 'utf8'),
    changed: status?.stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.slice(3)])),
  };
}

/**
 * Everything that stands against releasing `version`, a line each. Pure.
 * @param rehearsal A rehearsal may be of work that is not finished: only the version must be right.
 */
export function releaseProblems(version: string, facts: CheckoutFacts, rehearsal: boolean): string[] {
  const problems: string[] = [];
  if (version !== facts.version) {
    problems.push(`package.json says ${facts.version}: npm version --no-git-tag-version ${version}`);
  }
  if (rehearsal) return problems;
  if (releaseNotes(facts.changelog, version) === undefined) {
    problems.push(`CHANGELOG.md has no section «## ${version} - YYYY-MM-DD»: move what is unreleased there`);
  }
  if (facts.changed === undefined)
    problems.push('this is no git checkout: nobody could build the same again');
  else if (facts.changed.length > 0) {
    const some = facts.changed.slice(0, 5).join(', ');
    problems.push(`${facts.changed.length} files are not committed (${some}): commit or remove them`);
  }
  return problems;
}

/** The text of a dated section of a changelog (Keep a Changelog 1.1); undefined when there is none. */
export function releaseNotes(changelog: string, version: string): string | undefined {
  for (const part of changelog.split(/^## /m).slice(1)) {
    const [title = '', ...lines] = part.split('\n');
    const [, named] = /^\[?([^\]\s]+)\]? - \d{4}-\d{2}-\d{2}/.exec(title) ?? [];
    if (named === version) return lines.join('\n').trim();
  }
  return undefined;
}
