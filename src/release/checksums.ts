import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { digestFile } from '../builder/digest.ts';
import { recordFile } from './record.ts';

/** The list that `sha256sum --check` reads, in a release's folder. */
export const checksumFile = 'SHA256SUMS';

/** A line for every file of `folder` that is for people, itself excepted, as sha256sum(1) writes them, by name. */
export async function renderChecksums(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .filter((path) => path !== checksumFile && path !== recordFile)
    .sort();
  const lines: string[] = [];
  for (const path of paths) lines.push(`${await digestFile(join(folder, path))}  ${path}`);
  return `${lines.join('\n')}\n`;
}
