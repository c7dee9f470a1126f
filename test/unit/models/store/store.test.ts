import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fetchModel } from '../../../../src/models/download/fetch-model.ts';
import type { FetchProgress } from '../../../../src/models/record.ts';
import { hashFile } from '../../../../src/models/store/hash-file.ts';
import { partialsOf, removePartials } from '../../../../src/models/store/partials.ts';
import { partialPaths, recordPath } from '../../../../src/models/store/places.ts';
import { findRecord, listRecords, removeRecord } from '../../../../src/models/store/records.ts';
import { markRefused, readRefusals } from '../../../../src/models/store/refusals.ts';
import { sha256Of } from '../../../support/hub/server.ts';
import {
  downloadsIn,
  emptyStore,
  hubSource,
  hubWithModel,
  model,
  modelHash,
  pinnedSource,
  quick,
  request,
  webSource,
} from '../download/support/fetching.ts';

async function storeWithModel() {
  const [hub, store] = [await hubWithModel(), await emptyStore()];
  const record = await fetchModel(request(hub, store, { source: pinnedSource }), { times: quick });
  return { hub, store, record, file: join(store, record.file), beside: recordPath(store, record) };
}

/** Leaves a fetch once bytes have come. */
async function leftPartial(hub: Parameters<typeof request>[0], store: string): Promise<void> {
  const controller = new AbortController();
  const onProgress = (progress: FetchProgress) =>
    progress.state === 'downloading' && progress.received > 0 && controller.abort(new Error('left'));
  const leaving = fetchModel(request(hub, store), { times: quick, signal: controller.signal, onProgress });
  await expect(leaving).rejects.toThrow('left');
}

describe('a store', () => {
  it('that does not exist yet holds nothing', async () => {
    const store = join(await emptyStore(), 'nowhere');
    expect(await listRecords(store)).toEqual([]);
    expect(await partialsOf(store)).toEqual([]);
    expect(await removePartials(store, [])).toBe(0);
    expect(await readRefusals(store)).toEqual([]);
  });

  it('finds a model by its source, and by the hash if one is asked for', async () => {
    const { store, record } = await storeWithModel();
    expect(await findRecord(store, hubSource)).toEqual(record);
    expect(await findRecord(store, pinnedSource)).toEqual(record);
    expect(await findRecord(store, { ...hubSource, sha256: 'f'.repeat(64) })).toBeUndefined();
    expect(await findRecord(store, { ...hubSource, revision: 'v2' })).toBeUndefined();
  });

  it.each<[string, (place: Record<'file' | 'beside' | 'store', string>) => Promise<unknown>]>([
    ['its file is gone', ({ file }) => rm(file)],
    ['its file is shorter', ({ file }) => truncate(file, 1000)],
    ['its file is a directory', ({ file }) => rm(file).then(() => mkdir(file))],
    ['the record is cut off', ({ beside }) => truncate(beside, 20)],
    ['the record is empty', ({ beside }) => truncate(beside, 0)],
    ['the record is something else', ({ beside }) => writeFile(beside, '{"id":3}')],
    [
      'the record names a file elsewhere',
      async ({ beside, store }) => {
        const record = JSON.parse(await readFile(beside, 'utf8'));
        await writeFile(join(store, 'baked.gguf'), model);
        await writeFile(beside, JSON.stringify({ ...record, file: 'baked.gguf' }));
      },
    ],
  ])('does not know a model when %s', async (_, damage) => {
    const place = await storeWithModel();
    await damage(place);
    expect(await listRecords(place.store)).toEqual([]);
  });

  it('adopts a file without record by its hash instead of fetching it again', async () => {
    const { hub, store, record, beside } = await storeWithModel();
    await rm(beside);
    const adopted = await fetchModel(request(hub, store, { source: pinnedSource }), { times: quick });
    expect(adopted).toMatchObject({ file: record.file, sha256: modelHash, trust: 'pinned' });
    expect(hub.requests).toHaveLength(2);
    expect(await listRecords(store)).toEqual([adopted]);
  });

  it('tidies up after a process that was killed behind its record', async () => {
    const { hub, store } = await storeWithModel();
    const { data, note } = partialPaths(store, pinnedSource);
    for (const path of [data, note, `${note}.onepilot-new`]) await writeFile(path, '');
    await fetchModel(request(hub, store, { source: pinnedSource }), { times: quick });
    expect(await downloadsIn(store)).toHaveLength(2);
  });

  it('asks the hub for the hash of a file without record, if none is pinned', async () => {
    const { hub, store, beside } = await storeWithModel();
    await rm(beside);
    const adopted = await fetchModel(request(hub, store), { times: quick });
    expect(adopted).toMatchObject({ sha256: modelHash, trust: 'hub' });
    expect(await listRecords(store)).toEqual([adopted]);
    expect(await downloadsIn(store)).toHaveLength(2);
  });

  it('fetches anew what has the name of a model but not its content', async () => {
    const { hub, store, file, beside } = await storeWithModel();
    await rm(beside);
    await writeFile(file, model.toReversed());
    await fetchModel(request(hub, store, { source: pinnedSource }), { times: quick });
    expect(await hashFile(file)).toBe(modelHash);
    expect(hub.requests).toHaveLength(4);
  });

  it('forgets a model with its file and what was noted against it', async () => {
    const { store, record } = await storeWithModel();
    await markRefused(store, modelHash, 'unknown architecture', 'v0.5.0');
    await markRefused(store, 'other.gguf', 'too big', 'v0.5.0');
    await removeRecord(store, record);
    expect(await listRecords(store)).toEqual([]);
    expect(await downloadsIn(store)).toEqual([]);
    expect(await readRefusals(store)).toMatchObject([{ model: 'other.gguf' }]);
  });

  it('knows the same bytes from two sources as both, and keeps the file until both are forgotten', async () => {
    const { hub, store, record, file } = await storeWithModel();
    const source = webSource(hub);
    const second = await fetchModel(request(hub, store, { source }), { times: quick });
    expect(second).toMatchObject({ file: record.file, source });
    expect(await findRecord(store, pinnedSource)).toEqual(record);
    expect(await findRecord(store, source)).toEqual(second);
    expect(await removeRecord(store, second)).toBe(0);
    expect(await hashFile(file)).toBe(modelHash);
    expect(await findRecord(store, pinnedSource)).toEqual(record);
    expect(await removeRecord(store, record)).toBe(model.length);
    expect(await downloadsIn(store)).toEqual([]);
  });

  it('lets nobody else read where its models come from', async () => {
    const { store, record } = await storeWithModel();
    const { mode } = await stat(recordPath(store, record));
    expect(mode & 0o077).toBe(0);
  });
});

describe('partial files', () => {
  it('of sources that are not wanted any more are deleted, the others are not', async () => {
    const [hub, store] = [await hubWithModel(), await emptyStore()];
    await leftPartial(hub, store);
    const [partial] = await partialsOf(store);
    expect(partial).toMatchObject({ source: hubSource, size: model.length });
    expect(await removePartials(store, [pinnedSource])).toBe(0);
    expect(await partialsOf(store)).toEqual([partial]);
    expect(await removePartials(store, [webSource(hub)])).toBe(partial?.received);
    expect(await downloadsIn(store)).toEqual([]);
  });

  it('that are being fetched are left alone', async () => {
    const [hub, store] = [await hubWithModel(), await emptyStore()];
    let freed: Promise<number> | undefined;
    const onProgress = (progress: FetchProgress) => {
      if (progress.state === 'downloading' && progress.received > 0) freed ??= removePartials(store, []);
    };
    const fetching = fetchModel(request(hub, store), { times: quick, onProgress });
    hub.fault({ kind: 'slow', bytesPerSecond: 3_000_000 });
    await fetching;
    expect(await freed).toBe(0);
    expect(await listRecords(store)).toHaveLength(1);
  });

  it.each<[string, (note: string) => Promise<unknown>]>([
    ['without a note', (note) => rm(note)],
    ['with a note that is damaged', (note) => truncate(note, 10)],
  ])('%s are fetched anew', async (_, damage) => {
    const [hub, store] = [await hubWithModel(), await emptyStore()];
    await leftPartial(hub, store);
    await damage(partialPaths(store, hubSource).note);
    await fetchModel(request(hub, store), { times: quick });
    expect(hub.requests.map(({ headers }) => headers.range)).toEqual(Array(4).fill(undefined));
  });

  it('whose bytes were damaged are fetched anew', async () => {
    const [hub, store] = [await hubWithModel(), await emptyStore()];
    await leftPartial(hub, store);
    const { data } = partialPaths(store, hubSource);
    const bytes = await readFile(data);
    await writeFile(data, new Uint8Array(bytes.length));
    const record = await fetchModel(request(hub, store), { times: quick });
    expect(sha256Of(await readFile(join(store, record.file)))).toBe(modelHash);
  });
});

describe('refusals', () => {
  it('are kept with reason and engine, the last one of each model', async () => {
    const store = await emptyStore();
    await markRefused(store, modelHash, 'first', 'v1');
    await markRefused(store, modelHash, 'second', 'v2');
    expect(await readRefusals(store)).toEqual([
      { model: modelHash, reason: 'second', engine: 'v2', at: expect.stringMatching(/Z$/) },
    ]);
  });

  it('that are damaged count as none', async () => {
    const store = await emptyStore();
    await markRefused(store, modelHash, 'first', 'v1');
    const [name = ''] = await readdir(join(store, 'refused'));
    await truncate(join(store, 'refused', name), 5);
    expect(await readRefusals(store)).toEqual([]);
  });
});
