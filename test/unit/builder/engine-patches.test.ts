import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { applyPatches, enginePatches, patchesFolder } from '../../../src/builder/engine-patches.ts';
import { checkout } from '../../../src/builder/places.ts';
import { loggingShell, type Shell } from '../../../src/builder/shell.ts';
import { engineSource, engineStage } from '../../../src/builder/stages/engine.ts';

let directory: string;
let folder: string;
let shell: Shell;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'onepilot-patches-'));
  folder = join(directory, 'patches');
  await mkdir(folder);
  const log = createWriteStream(join(directory, 'log'));
  shell = loggingShell(log, new AbortController().signal);
  return () => log.close();
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** A patch that turns the one line of `name` from `before` to `after`. */
function patch(name: string, before: string, after: string, subject = 'Other words'): string {
  return `From: OnePilot\nSubject: [PATCH] ${subject}\n\nWhy.\n---\n--- a/${name}\n+++ b/${name}\n@@ -1 +1 @@\n-${before}\n+${after}\n`;
}

async function sourceTree(): Promise<string> {
  const source = join(directory, 'source');
  await mkdir(source);
  await writeFile(join(source, 'file'), 'one\n');
  execFileSync('git', ['init', '-q', source]);
  return source;
}

it('applies the patches in the order of their names', async () => {
  const source = await sourceTree();
  await writeFile(join(folder, '0002-b.patch'), patch('file', 'two', 'three'));
  await writeFile(join(folder, '0001-a.patch'), patch('file', 'one', 'two'));
  await applyPatches(await enginePatches(folder), source, shell, folder);
  expect(await readFile(join(source, 'file'), 'utf8')).toBe('three\n');
});

it('names the patch that does not apply, and why', async () => {
  const source = await sourceTree();
  await writeFile(join(folder, '0001-a.patch'), patch('file', 'another', 'two'));
  const applying = applyPatches(await enginePatches(folder), source, shell, folder);
  await expect(applying).rejects.toMatchObject({
    code: 'BUILD_PATCH_FAILED',
    message: expect.stringMatching(/^0001-a\.patch does not apply .*patch failed: file:1/s),
  });
});

it('tells of each patch what it is about, with a hash that changes with it', async () => {
  await writeFile(join(folder, '0001-a.patch'), patch('file', 'one', 'two', 'Counts on'));
  const [first] = await enginePatches(folder);
  await writeFile(join(folder, '0001-a.patch'), patch('file', 'one', 'three', 'Counts on'));
  const [second] = await enginePatches(folder);
  expect(first).toMatchObject({ file: '0001-a.patch', about: 'Counts on' });
  expect(first?.sha256).not.toBe(second?.sha256);
});

it("has each of the engine's patches in the key of what is built from it", async () => {
  const patches = await enginePatches();
  const { patches: input } = await engineStage.inputs({
    ...{ profile: '', suite: '', mirror: undefined, output: '' },
  });
  expect(patches.filter(({ file, sha256 }) => !input?.includes(`${file} ${sha256}`))).toEqual([]);
  expect(patches.map(({ about }) => about)).not.toContain('');
});

// Longer than others may take: the source is unpacked.
it("has patches that apply to the engine's source", { timeout: 120_000 }, async () => {
  const source = join(directory, 'llama.cpp');
  execFileSync('git', ['clone', '-q', '--no-checkout', engineSource, source], { stdio: 'ignore' });
  const patches = await enginePatches();
  const texts = await Promise.all(
    patches.map(({ file }) => readFile(join(checkout, patchesFolder, file), 'utf8')),
  );
  const files = new Set(
    texts.flatMap((text) => [...text.matchAll(/^--- a\/(.+)$/gm)].map(([, path = '']) => path)),
  );
  execFileSync('git', ['-C', source, 'checkout', '-q', 'HEAD', '--', ...files]);
  await applyPatches(patches, source, shell);
  const changed = execFileSync('git', ['-C', source, 'diff', '--name-only', '--', ...files], {
    encoding: 'utf8',
  });
  expect(changed.trim().split('\n').sort()).toEqual([...files].sort());
});
