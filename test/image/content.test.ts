import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/audit/inventory.ts';
import { type ReadImage, readImage } from '../../src/audit/read-image.ts';
import { type Manifest, readManifest } from '../../src/builder/manifest.ts';
import { imageUnderTest, type Workplace, workplace } from './support/appliance.ts';

let place: Workplace;
let read: ReadImage;
let inventory: Inventory;
let image: string;
let manifest: Manifest;

beforeAll(async () => {
  place = await workplace();
  image = await imageUnderTest();
  manifest = await readManifest(image);
  const work = join(place.directory, 'read');
  await mkdir(work);
  read = await readImage(image, work, place.shell);
  inventory = read.inventory;
});
afterAll(async () => {
  await read?.close();
  await place?.remove();
});

/** Paths in the image that fit an expression. */
function find(expression: RegExp): string[] {
  return [...inventory.entries.keys()].filter((path) => expression.test(path));
}

// What no image may hold, and what it must: test/image/audit.test.ts.
describe('the image', () => {
  it('without its models is under 300 MB compressed', async () => {
    const models = manifest.models.map(
      ({ file }) => inventory.entries.get(`/var/lib/onepilot/models/${file}`)?.size ?? Number.NaN,
    );
    const bytes = models.reduce((sum, size) => sum + size, 0);
    expect((await stat(image)).size - bytes).toBeLessThan(300e6);
  });

  it('holds no compiler and no node_modules', () => {
    expect(find(/\/os-release$/)).not.toEqual([]);
    expect(find(/\/node_modules(\/|$)/)).toEqual([]);
    const compilers = /\/bin\/(?:x86_64-linux-gnu-)?(?:gcc|g\+\+|cc|c\+\+|cc1|clang|as|ld|npm)(?:-?[\d.]+)?$/;
    expect(find(compilers)).toEqual([]);
  });

  it('names the npm packages inside its bundles, as the lockfile pins them', () => {
    const names = manifest.npmPackages.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['fastify', 'zod', '@peculiar/x509', 'sd-notify']));
    for (const { name, integrity } of manifest.npmPackages) expect(integrity, name).toMatch(/^sha512-/);
  });

  it('has the checksums that lie beside it', async () => {
    await place.shell.run(['sha256sum', '--check', `${image}.sha256`], { cwd: dirname(image) });
    await place.shell.run(['md5sum', '--check', `${image}.md5`], { cwd: dirname(image) });
  });
});
