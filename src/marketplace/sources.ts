import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout } from '../builder/places.ts';
import type { Sources, SubmittedFile } from './submission.ts';

const folder = join(checkout, 'appliance/marketplace');

/** The files of the checkout that go into a submission. */
export async function readSources(): Promise<Sources> {
  return {
    changelog: await readFile(join(checkout, 'CHANGELOG.md'), 'utf8'),
    applianceScript: await readFile(join(folder, 'appliance.sh'), 'utf8'),
    tests: await readFolder('tests', ['.rb']),
    packer: await readFolder('packer', ['.hcl', '.sh']),
  };
}

/** The files of a folder by name, in its order; those that end otherwise are somebody's notes. */
async function readFolder(name: string, endings: readonly string[]): Promise<Map<string, SubmittedFile>> {
  const names = (await readdir(join(folder, name))).filter((file) =>
    endings.some((ending) => file.endsWith(ending)),
  );
  const files = new Map<string, SubmittedFile>();
  for (const file of names.sort()) {
    const content = await readFile(join(folder, name, file), 'utf8');
    files.set(file, { content, executable: file.endsWith('.sh') });
  }
  return files;
}
