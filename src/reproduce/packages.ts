import { failure } from '../errors/catalogue.ts';

/** Names of the packages that two lists, `packages.tsv` of the base stage, do not have alike. */
export function changedPackages(first: string, second: string): string[] {
  const lines = [first, second].map((text) => text.split('\n'));
  const [before, after] = lines.map((list) => new Set(list));
  const changed = lines.flat().filter((line) => !(before?.has(line) && after?.has(line)));
  return [...new Set(changed.map((line) => line.split('\t')[0] ?? ''))].sort();
}

/** @throws REPRODUCE_ARCHIVE_MOVED when two builds did not get the same packages */
export function requireSamePackages(first: string, second: string): void {
  const changed = changedPackages(first, second);
  if (changed.length > 0) throw failure('REPRODUCE_ARCHIVE_MOVED', { packages: changed.join(', ') });
}
