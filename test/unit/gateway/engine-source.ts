import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkout } from '../../../src/builder/places.ts';

const run = promisify(execFile);

/** Files of the pinned llama.cpp, from the bundle that the engine is built from (src/builder/stages/engine.ts). */
export async function engineSource(...paths: readonly string[]): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'engine-source-'));
  try {
    const bundle = join(checkout, 'node_modules/node-llama-cpp/llama/gitRelease.bundle');
    await run('git', ['clone', '-q', '--bare', bundle, directory]);
    const texts = paths.map((path) =>
      run('git', ['-C', directory, 'show', `HEAD:${path}`], { maxBuffer: 2 ** 26 }),
    );
    return (await Promise.all(texts)).map(({ stdout }) => stdout);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
