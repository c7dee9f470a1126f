import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { beside } from '../../../src/builder/artefacts.ts';
import { readManifest } from '../../../src/builder/manifest.ts';
import { artefactName } from '../../../src/release/artefact-name.ts';
import { checksumFile, renderChecksums } from '../../../src/release/checksums.ts';
import { placeArtefact, removeOthers } from '../../../src/release/place-artefact.ts';
import { builtImage, createdAt } from '../marketplace/artefacts.ts';

const run = promisify(execFile);

async function releaseFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'onepilot-release-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

describe('the folder of a release', () => {
  it('names artefacts by what they are and the version that the marketplace shows', () => {
    const built = { version: '1.2.3', createdAt, profile: '8gb' };
    expect(artefactName({ ...built, kind: 'image' }, 2)).toBe('onepilot-8gb-1.2.3-2-20261121.qcow2');
    expect(artefactName({ ...built, kind: 'models' }, 2)).toBe('onepilot-models-8gb-1.2.3-2-20261121.qcow2');
  });

  it('holds an artefact with its manifest and checksums under that name', async () => {
    const folder = await releaseFolder();
    const path = await placeArtefact(await builtImage(), folder, 1);
    const { image } = await readManifest(path);
    expect(join(folder, image.file)).toBe(path);
    await run('sha256sum', ['--check', beside(path).sha256], { cwd: folder });
    await run('md5sum', ['--check', beside(path).md5], { cwd: folder });
  });

  it('is not written again when everything is there, so that signatures stay good', async () => {
    const folder = await releaseFolder();
    const built = await builtImage();
    const path = await placeArtefact(built, folder, 1);
    const before = await stat(beside(path).manifest);
    await placeArtefact(built, folder, 1);
    expect((await stat(beside(path).manifest)).mtimeMs).toBe(before.mtimeMs);
  });

  it('loses what an earlier run of the release left, and nothing else', async () => {
    const folder = await releaseFolder();
    const path = await placeArtefact(await builtImage(), folder, 1);
    const old = 'onepilot-8gb-1.2.3-1-20261120.qcow2';
    for (const name of [old, `${old}.manifest.json`, 'notes.txt']) await writeFile(join(folder, name), 'x');
    await removeOthers(folder, [path]);
    const left = await readdir(folder);
    expect(left).not.toContain(old);
    expect(left).toEqual(expect.arrayContaining(['notes.txt', 'onepilot-8gb-1.2.3-1-20261121.qcow2.md5']));
  });

  it('has checksums of every file below it that sha256sum agrees with', async () => {
    const folder = await releaseFolder();
    await mkdir(join(folder, 'submission/a'), { recursive: true });
    await writeFile(join(folder, 'submission/a/b.yaml'), 'text');
    await writeFile(join(folder, 'c'), 'other');
    await writeFile(join(folder, checksumFile), 'stale');
    const text = await renderChecksums(folder);
    expect(text.match(/ {2}\S+$/gm)).toEqual(['  c', '  submission/a/b.yaml']);
    await writeFile(join(folder, checksumFile), text);
    await run('sha256sum', ['--check', '--quiet', checksumFile], { cwd: folder });
    await writeFile(join(folder, 'c'), await readFile(join(folder, 'submission/a/b.yaml')));
    await expect(run('sha256sum', ['--check', '--quiet', checksumFile], { cwd: folder })).rejects.toThrow();
  });
});
