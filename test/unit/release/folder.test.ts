import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { beside } from '../../../src/builder/artefacts.ts';
import { readManifest } from '../../../src/builder/manifest.ts';
import { artefactName } from '../../../src/release/artefact-name.ts';
import { checksumFile, renderChecksums } from '../../../src/release/checksums.ts';
import { placeArtefact, removeEarlier } from '../../../src/release/place-artefact.ts';
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

  it('is made whole where something was damaged or is gone', async () => {
    const folder = await releaseFolder();
    const built = await builtImage();
    const path = await placeArtefact(built, folder, 1);
    const damaged = await readFile(path);
    damaged[100] = 1;
    await rm(path);
    await writeFile(path, damaged);
    await rm(beside(path).md5);
    await placeArtefact(built, folder, 1);
    expect(await readFile(path)).toEqual(await readFile(built));
    await run('md5sum', ['--check', beside(path).md5], { cwd: folder });
  });

  it('loses earlier builds of what was built, and keeps those of other profiles and kinds', async () => {
    const folder = await releaseFolder();
    const path = await placeArtefact(await builtImage(), folder, 1);
    const old = ['onepilot-8gb-1.2.3-1-20261120.qcow2', 'onepilot-8gb-1.2.3-2-20261121.qcow2'];
    const others = [
      'onepilot-16gb-1.2.3-1-20261120.qcow2',
      'onepilot-models-8gb-1.2.3-1-20261120.qcow2',
      'onepilot-bare-1.2.3-1-20261120.qcow2',
    ];
    const files = [...old, ...others].flatMap((name) => [name, `${name}.manifest.json`]);
    for (const name of [...files, 'notes.txt']) await writeFile(join(folder, name), 'x');
    await removeEarlier(folder, [path]);
    const left = await readdir(folder);
    for (const name of old) expect(left.filter((file) => file.startsWith(name))).toEqual([]);
    expect(left).toEqual(expect.arrayContaining([basename(path), `${basename(path)}.md5`, 'notes.txt']));
    for (const name of others) expect(left).toEqual(expect.arrayContaining([name, `${name}.manifest.json`]));
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
