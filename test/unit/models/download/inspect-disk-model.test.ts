import { mkdir, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type DiskRequest, inspectDiskModel } from '../../../../src/models/download/inspect-disk-model.ts';
import type { FetchProgress } from '../../../../src/models/record.ts';
import type { DiskSource } from '../../../../src/models/source.ts';
import { listRecords, removeRecord } from '../../../../src/models/store/records.ts';
import { markRefused, readRefusals, refusalKey } from '../../../../src/models/store/refusals.ts';
import { downloadsIn, emptyStore, facts, model, modelHash } from './support/fetching.ts';

const source: DiskSource = { kind: 'disk', label: 'MODELS', path: 'dir/smoke model.gguf' };
const pinned: DiskSource = { ...source, sha256: modelHash };

/** A disk with the model, a store, and how often the model has been looked into. */
async function disk() {
  const [root, store] = [await emptyStore(), await emptyStore()];
  const file = join(root, source.path);
  await mkdir(join(root, 'dir'));
  await writeFile(file, model);
  const inspected: string[] = [];
  const inspect = (path: string) => {
    inspected.push(path);
    return facts;
  };
  const request = (more: Partial<DiskRequest> = {}): DiskRequest => ({
    source,
    id: 'smoke',
    root,
    store,
    inspect,
    ...more,
  });
  return { root, store, file, inspected, request };
}

/** The states that are told of. */
async function statesOf(request: DiskRequest): Promise<string[]> {
  const told: FetchProgress[] = [];
  const onProgress = (progress: FetchProgress) => told.push(progress);
  await inspectDiskModel(request, { onProgress, times: { report: 0 } });
  return [...new Set(told.map(({ state }) => state))];
}

describe('inspectDiskModel', () => {
  it('describes a model where it lies', async () => {
    const { store, file, inspected, request } = await disk();
    const record = await inspectDiskModel(request());
    expect(record).toMatchObject({ source, file: source.path, size: model.length, trust: 'none', facts });
    expect(record.sha256).toBeUndefined();
    expect(inspected).toEqual([file]);
    expect(await listRecords(store)).toEqual([record]);
    expect(await downloadsIn(store)).toEqual([expect.stringMatching(/^smoke\.disk-[0-9a-f]{16}\.json$/)]);
  });

  it('hashes a file whose hash is pinned once, as long as the file stays the same', async () => {
    const { file, inspected, request } = await disk();
    expect(await statesOf(request({ source: pinned }))).toEqual(['verifying', 'done']);
    expect(await statesOf(request({ source: pinned }))).toEqual(['done']);
    expect(await statesOf(request())).toEqual(['done']);
    expect(inspected).toHaveLength(1);
    await utimes(file, 1, 1);
    expect(await statesOf(request({ source: pinned }))).toEqual(['verifying', 'done']);
    expect(inspected).toHaveLength(2);
  });

  it('hashes a file that was known without hash when one is asked for', async () => {
    const { request } = await disk();
    await inspectDiskModel(request());
    expect(await inspectDiskModel(request({ source: pinned }))).toMatchObject({
      sha256: modelHash,
      trust: 'pinned',
    });
  });

  it('leaves the file where it is when its record is removed', async () => {
    const { store, request } = await disk();
    await removeRecord(store, await inspectDiskModel(request()));
    expect(await downloadsIn(store)).toEqual([]);
    await inspectDiskModel(request());
  });

  it('follows links on the disk', async () => {
    const { root, request } = await disk();
    await symlink(source.path, join(root, 'link.gguf'));
    const record = await inspectDiskModel(request({ source: { ...source, path: 'link.gguf' } }));
    expect(record.file).toBe(source.path);
  });

  it.each<[string, (place: Awaited<ReturnType<typeof disk>>) => Promise<unknown>, string, string]>([
    ['is missing', ({ file }) => rm(file), 'MODEL_DISK_UNUSABLE', 'no such file'],
    [
      'is a directory',
      ({ file }) => rm(file).then(() => mkdir(file)),
      'MODEL_DISK_UNUSABLE',
      'it is no file',
    ],
    [
      'is a link that leads out of the disk',
      ({ file, store }) =>
        rm(file)
          .then(() => writeFile(join(store, 'm.gguf'), model))
          .then(() => symlink(join(store, 'm.gguf'), file)),
      'MODEL_DISK_UNUSABLE',
      'leads out of the disk',
    ],
    [
      'is a link in a circle',
      ({ file }) => rm(file).then(() => symlink(file, file)),
      'MODEL_DISK_UNUSABLE',
      'ELOOP',
    ],
    [
      'is a link to a name that would write into the engine’s preset',
      ({ file, root }) => {
        const evil = join(root, 'a.gguf\nlog-file = x');
        return rename(file, evil).then(() => symlink(evil, file));
      },
      'MODEL_DISK_UNUSABLE',
      'letters, digits',
    ],
    [
      'is a link to a name that ends an adapter',
      ({ file, root }) => rename(file, join(root, 'a:1,b')).then(() => symlink(join(root, 'a:1,b'), file)),
      'MODEL_DISK_UNUSABLE',
      'letters, digits',
    ],
    ['is cut off', ({ file }) => truncate(file, 500_000), 'MODEL_DISK_HASH', 'SHA-256'],
    ['is no model', ({ file }) => writeFile(file, 'no model'), 'MODEL_DISK_HASH', 'SHA-256'],
  ])('refuses a file that %s', async (_, change, code, reason) => {
    const place = await disk();
    await change(place);
    const refusing = inspectDiskModel(place.request({ source: pinned }));
    await expect(refusing).rejects.toMatchObject({ code, message: expect.stringContaining(reason) });
    expect(await listRecords(place.store)).toEqual([]);
  });

  it('refuses a file without pinned hash by its header', async () => {
    const { file, request } = await disk();
    await truncate(file, 500_000);
    await expect(inspectDiskModel(request())).rejects.toMatchObject({
      code: 'MODEL_UNUSABLE',
      message: expect.stringContaining('incomplete'),
    });
  });

  it('says that no disk has the label where none is mounted', async () => {
    const { root, request } = await disk();
    await rm(root, { recursive: true });
    await expect(inspectDiskModel(request())).rejects.toMatchObject({
      code: 'MODEL_DISK_ABSENT',
      message: expect.stringContaining('No disk has the label MODELS'),
    });
    await mkdir(root);
    await expect(inspectDiskModel(request())).rejects.toMatchObject({
      code: 'MODEL_DISK_UNUSABLE',
      message: expect.stringContaining('could not be mounted'),
    });
  });

  it('refuses facts that its record could not hold', async () => {
    const { store, request } = await disk();
    const inspect = () => ({ ...facts, trainedContextSize: 0 });
    await expect(inspectDiskModel(request({ inspect }))).rejects.toMatchObject({
      code: 'MODEL_UNUSABLE',
      message: expect.stringContaining('trainedContextSize'),
    });
    expect(await listRecords(store)).toEqual([]);
  });

  it('is for the engine to try again once the file has changed', async () => {
    const { store, file, request } = await disk();
    const first = await inspectDiskModel(request());
    await markRefused(store, refusalKey(first), 'unknown architecture', 'v1');
    await utimes(file, 1, 1);
    const second = await inspectDiskModel(request());
    expect(refusalKey(second)).not.toBe(refusalKey(first));
    expect(await readRefusals(store)).toEqual([]);
  });

  it('tells refusals of two disks apart that have a file of one name', async () => {
    const { request } = await disk();
    const other: DiskSource = { ...source, label: 'OTHER' };
    const records = [await inspectDiskModel(request()), await inspectDiskModel(request({ source: other }))];
    expect(new Set(records.map(refusalKey)).size).toBe(2);
  });

  it('works without a store that can be written', async () => {
    const { file, request } = await disk();
    const record = await inspectDiskModel(request({ store: join(file, 'no-directory') }));
    expect(record).toMatchObject({ size: model.length });
  });

  it('ends when it is told to', async () => {
    const { request } = await disk();
    const signal = AbortSignal.abort(new Error('left'));
    await expect(inspectDiskModel(request({ source: pinned }), { signal })).rejects.toThrow('left');
  });
});
