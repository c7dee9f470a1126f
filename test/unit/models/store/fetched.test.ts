import { mkdir, truncate, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { inspectDiskModel } from '../../../../src/models/download/inspect-disk-model.ts';
import type { DiskSource } from '../../../../src/models/source.ts';
import { diskMount } from '../../../../src/models/store/disks.ts';
import { readFetched } from '../../../../src/models/store/fetched.ts';
import { emptyStore, facts, model, modelHash } from '../download/support/fetching.ts';

const source: DiskSource = { kind: 'disk', label: 'MODELS', path: 'm/own.gguf', sha256: modelHash };

it.each<[string, (path: string) => Promise<unknown>]>([
  ['time', (path) => utimes(path, 1, 1)],
  ['size', (path) => truncate(path, 1000)],
])('a file on a disk that has another %s than when it was checked is none', async (_, change) => {
  const paths = { models: await emptyStore(), disks: await emptyStore() };
  const root = diskMount(source.label, paths);
  const path = join(root, source.path);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, model);
  const record = await inspectDiskModel({
    source,
    id: 'own',
    root,
    store: paths.models,
    inspect: () => facts,
  });
  expect(await readFetched(paths)).toEqual([{ record, path }]);
  await change(path);
  expect(await readFetched(paths)).toEqual([]);
});
