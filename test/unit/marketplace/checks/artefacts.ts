import { execFile } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beside } from '../../../../src/builder/artefacts.ts';
import { digestFile } from '../../../../src/builder/digest.ts';
import type { Manifest } from '../../../../src/builder/manifest.ts';
import { smallFacts } from '../../../support/model-facts.ts';

const run = promisify(execFile);

/** 2026-11-21, noon. */
export const built = Date.UTC(2026, 10, 21, 12) / 1000;

const models = [
  {
    id: 'onepilot-smoke',
    file: 'onepilot-smoke.gguf',
    sha256: '1f'.repeat(32),
    roles: ['chat' as const, 'complete' as const],
    facts: smallFacts(),
  },
];

const packages = [
  { name: 'base-files', version: '13.8+deb13u1', architecture: 'amd64', sha256: 'ab'.repeat(32) },
  { name: 'one-context', version: '7.2.1', architecture: 'all', sha256: 'cd'.repeat(32) },
];

/** A qcow2 with nothing in it, and a manifest that is true of it. @returns its path */
export async function makeArtefact(
  folder: string,
  file: string,
  about: Pick<Manifest, 'kind' | 'profile' | 'memory'>,
  gibibytes: number,
): Promise<string> {
  const path = join(folder, file);
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', path, `${gibibytes}G`]);
  const manifest: Manifest = {
    name: 'OnePilot',
    ...about,
    version: '0.2.0',
    suite: 'trixie',
    contextualization: 'one-context',
    createdAt: built,
    image: {
      file,
      size: (await stat(path)).size,
      virtualSize: gibibytes * 1024 ** 3,
      sha256: await digestFile(path, 'sha256'),
      md5: await digestFile(path, 'md5'),
    },
    versions: { 'llama.cpp': 'b1', node: '24.21.0' },
    enginePatches: [],
    models: about.profile === 'bare' ? [] : models,
    files: [],
    npmPackages: [],
    packages: about.kind === 'image' ? packages : [],
  };
  await writeFile(beside(path).manifest, JSON.stringify(manifest));
  return path;
}
