import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beside } from '../../../src/builder/artefacts.ts';
import type { Manifest } from '../../../src/builder/manifest.ts';
import { checksumFile, renderChecksums } from '../../../src/release/checksums.ts';
import { type Artefacts, type Builder, provideArtefacts } from '../../../src/release/provide-artefacts.ts';
import { releaseRooms } from '../../../src/release/release-rooms.ts';
import { bareImage, builtImage, createdAt } from '../marketplace/artefacts.ts';

let output: string;
let folder: string;
beforeEach(async () => {
  output = await mkdtemp(join(tmpdir(), 'onepilot-release-'));
  folder = join(output, '1.2.3');
  await mkdir(join(folder, '.building'), { recursive: true });
  process.env.ONEPILOT_CACHE = join(output, 'cache');
});
afterEach(async () => {
  delete process.env.ONEPILOT_CACHE;
  await rm(output, { recursive: true });
});

/** What the artefacts are built from; it changes with a source file. */
let sources = 'a';
beforeEach(() => {
  sources = 'a';
});

/** Builds artefacts of a few KiB, each with another date, and notes what it was asked for. */
function builder(failing?: string) {
  const asked: string[] = [];
  const double: Builder = {
    preview: ({ profile }, last) =>
      Promise.resolve({ key: `${sources} ${last} ${profile}`, cacheRoom: 0, resultRoom: 0 }),
    async build({ profile }, last) {
      const name = `${last} ${profile}`;
      if (name === failing) throw new Error('the power went');
      asked.push(name);
      const kind: Partial<Manifest> = last === 'model-disk' ? { kind: 'models' } : {};
      const what = profile === 'bare' ? bareImage : kind;
      builds += 1;
      const image = await builtImage({ ...what, profile, createdAt: createdAt + builds });
      return { image, key: `${sources} ${name}` };
    },
  };
  return { double, asked };
}
let builds = 0;

function provide(double: Builder, profiles: readonly string[], release = 1): Promise<Artefacts> {
  const request = {
    build: { suite: 'trixie', mirror: undefined },
    profiles,
    release,
    signal: new AbortController().signal,
    onLog: () => undefined,
  };
  return provideArtefacts(request, folder, join(folder, '.building'), double);
}

const everything = ['package 8gb', 'model-disk 8gb', 'package 16gb', 'model-disk 16gb', 'package bare'];

describe('the artefacts of a release', () => {
  it('are built one after the other, each named as it is fetched', async () => {
    const { double, asked } = builder();
    const { images, modelDisks, system } = await provide(double, ['8gb', '16gb']);
    expect(asked).toEqual(everything);
    expect([...images, ...modelDisks, system].map((path) => basename(path))).toEqual([
      'onepilot-8gb-1.2.3-1-20261121.qcow2',
      'onepilot-16gb-1.2.3-1-20261121.qcow2',
      'onepilot-models-8gb-1.2.3-1-20261121.qcow2',
      'onepilot-models-16gb-1.2.3-1-20261121.qcow2',
      'onepilot-bare-1.2.3-1-20261121.qcow2',
    ]);
  });

  it('are used by a second run as they lie there, whatever the cache still holds', async () => {
    const first = await provide(builder().double, ['8gb', '16gb']);
    const manifest = beside(first.images[0] ?? '').manifest;
    const before = await readFile(manifest, 'utf8');
    const { double, asked } = builder();
    expect(await provide(double, ['8gb', '16gb'])).toEqual(first);
    expect(asked).toEqual([]);
    expect(await readFile(manifest, 'utf8')).toBe(before);
  });

  it('that were done before an interruption are not built again', async () => {
    const interrupted = builder('package 16gb');
    await expect(provide(interrupted.double, ['8gb', '16gb'])).rejects.toThrow('the power went');
    const { double, asked } = builder();
    await provide(double, ['8gb', '16gb']);
    expect(interrupted.asked).toEqual(everything.slice(0, 2));
    expect(asked).toEqual(everything.slice(2));
  });

  it.each([
    ['the image has other bytes', (path: string) => writeFile(path, 'x')],
    ['a checksum is gone', (path: string) => rm(beside(path).md5)],
    ['the manifest is cut off', (path: string) => writeFile(beside(path).manifest, '{')],
  ])('are built again when %s', async (_, spoil) => {
    const { system } = await provide(builder().double, ['8gb']);
    await spoil(system);
    const { double, asked } = builder();
    await provide(double, ['8gb']);
    expect(asked).toEqual(['package bare']);
  });

  it('are built again when what they are made from is another, or their name must be', async () => {
    await provide(builder().double, ['8gb']);
    sources = 'b';
    const changed = builder();
    await provide(changed.double, ['8gb']);
    expect(changed.asked).toEqual(['package 8gb', 'model-disk 8gb', 'package bare']);
    const next = builder();
    await provide(next.double, ['8gb'], 2);
    expect(next.asked).toEqual(changed.asked);
  });

  it('are noted in a file that people need not check', async () => {
    await provide(builder().double, ['8gb']);
    await writeFile(join(folder, checksumFile), '');
    expect(await readdir(folder)).toContain('.release.json');
    expect(await renderChecksums(folder)).not.toContain('.release.json');
  });
});

it('the room for a release is that of the largest build, of every result and of a raw copy to audit', () => {
  const gibibyte = 1024 ** 3;
  const missing = [3, 5, 4].map((size) => ({ cacheRoom: size * 6 * gibibyte, resultRoom: size * gibibyte }));
  expect(releaseRooms(missing, 5 * gibibyte, { cache: '/c', folder: '/f' })).toEqual([
    { path: '/c', bytes: 30 * gibibyte },
    { path: '/f', bytes: (3 + 5 + 4 + 5 + 2) * gibibyte },
  ]);
});
