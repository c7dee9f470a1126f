import { appendFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { beside } from '../../../src/builder/artefacts.ts';
import { readArtefact } from '../../../src/marketplace/artefact.ts';
import { readUploads, type Upload } from '../../../src/marketplace/requested.ts';
import { bareImage, builtImage, modelDisk, someManifest } from './artefacts.ts';

describe('a file to publish', () => {
  it('is measured: virtual size, size and both hashes', async () => {
    const { manifest, file } = await readArtefact(await builtImage());
    expect(file).toEqual(manifest.image);
    expect(file.virtualSize).toBe(4 * 1024 ** 2);
    expect(file.size).not.toBe(file.virtualSize);
  });

  it('that is not the one of its manifest is refused with every disagreement', async () => {
    const path = await builtImage();
    await appendFile(path, 'x');
    const message = expect.stringMatching(/ {2}size: (.*\n) {2}sha256: (.*\n) {2}md5: /);
    await expect(readArtefact(path)).rejects.toMatchObject({ code: 'MARKETPLACE_STALE_MANIFEST', message });
  });

  it('whose manifest states the size of the file for the virtual one is refused', async () => {
    const image = { ...someManifest().image, virtualSize: 196_616 };
    const path = await builtImage();
    const { file } = await readArtefact(path);
    await writeFile(
      beside(path).manifest,
      JSON.stringify(someManifest({ image: { ...file, virtualSize: image.virtualSize } })),
    );
    const message = expect.stringMatching(/virtualSize: 196616 in the manifest, 4194304 in truth$/);
    await expect(readArtefact(path)).rejects.toMatchObject({ code: 'MARKETPLACE_STALE_MANIFEST', message });
  });

  it('that was renamed is refused, because the manifest names another', async () => {
    const path = await builtImage();
    const renamed = join(dirname(path), 'other.qcow2');
    await rename(path, renamed);
    await rename(beside(path).manifest, beside(renamed).manifest);
    await expect(readArtefact(renamed)).rejects.toMatchObject({
      code: 'MARKETPLACE_STALE_MANIFEST',
      message: expect.stringContaining('  file: onepilot-8gb-one-context.qcow2 in the manifest, other.qcow2'),
    });
  });

  it('that is no qcow2, or not there, is refused', async () => {
    const path = await builtImage();
    await writeFile(path, 'raw');
    await expect(readArtefact(path)).rejects.toMatchObject({ code: 'MARKETPLACE_NO_IMAGE' });
    await rename(path, `${path}.gone`);
    await expect(readArtefact(path)).rejects.toMatchObject({ code: 'MARKETPLACE_NO_IMAGE' });
  });
});

describe('what may be published', () => {
  const upload = (path: string): Upload => ({ path, url: 'https://downloads.onepilot.eu/it.qcow2' });

  it('is an image with one-context; one without passes only when that is asked for', async () => {
    const image = upload(await builtImage({ contextualization: 'agent' }));
    await expect(readUploads({ image }, false)).rejects.toMatchObject({
      code: 'MARKETPLACE_NEEDS_ONE_CONTEXT',
      fix: expect.stringContaining('--contextualization one-context'),
    });
    expect((await readUploads({ image }, true)).image.url).toBe(image.url);
  });

  it('is no image without models where one with models is asked for, nor a disk of them', async () => {
    for (const [changes, found] of [
      [bareImage, 'an image without models'],
      [modelDisk, 'a disk of models'],
    ] as const) {
      const image = upload(await builtImage(changes));
      await expect(readUploads({ image }, true)).rejects.toMatchObject({
        code: 'MARKETPLACE_WRONG_KIND',
        message: `onepilot-8gb-one-context.qcow2 is ${found}; --image takes an image with models in it.`,
      });
    }
  });

  it('is a system with a disk of models, each where it belongs', async () => {
    const [image, system, disk] = await Promise.all(
      [{}, bareImage, modelDisk].map(async (changes) => upload(await builtImage(changes))),
    );
    if (!image || !system || !disk) throw new Error('three images were asked for');
    const { split } = await readUploads({ image, split: { system, modelDisks: [disk] } }, false);
    expect([split?.system.manifest.profile, split?.modelDisks[0]?.manifest.kind]).toEqual(['bare', 'models']);
    await expect(
      readUploads({ image, split: { system: disk, modelDisks: [system] } }, false),
    ).rejects.toMatchObject({ code: 'MARKETPLACE_WRONG_KIND' });
  });
});
