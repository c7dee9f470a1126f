import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { TreeEntry } from './digest.ts';
import type { DebianPackage, Manifest } from './manifest.ts';
import type { StageRun } from './stage.ts';
import { baseFilesFile } from './stages/base.ts';
import { PayloadRecord } from './stages/payload.ts';

/** What a manifest says is inside an image. */
export type Contents = Pick<Manifest, 'files' | 'packages' | 'models'>;

/** One Debian package: a line of the base stage's `packages.tsv`. */
function debianPackage(line: string): DebianPackage {
  const [name = '', version = '', architecture = '', sha256 = ''] = line.split('\t');
  return { name, version, architecture, sha256 };
}

/** Reads what the base and payload stages put into the image. */
export async function readContents(outputOf: StageRun['outputOf']): Promise<Contents> {
  const readJson = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));
  const { models, files } = PayloadRecord.parse(await readJson(join(outputOf('payload'), 'payload.json')));
  const base = z.array(TreeEntry).parse(await readJson(join(outputOf('base'), baseFilesFile)));
  const packages = (await readFile(join(outputOf('base'), 'packages.tsv'), 'utf8')).trim().split('\n');
  return { files: [...base, ...files], packages: packages.map(debianPackage), models };
}
