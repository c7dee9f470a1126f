import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../../src/context/secret.ts';
import { fetchModel } from '../../../../src/models/download/fetch-model.ts';
import type { FetchProgress } from '../../../../src/models/record.ts';
import { listRecords } from '../../../../src/models/store/records.ts';
import {
  downloadsIn,
  emptyStore,
  facts,
  hubSource,
  hubWithModel,
  model,
  modelHash,
  path,
  pinnedSource,
  quick,
  repository,
  request,
  webSource,
} from './support/fetching.ts';

describe('fetchModel', () => {
  it('brings a file of the hub into the store, with the hash that the hub states', async () => {
    const [hub, store] = [await hubWithModel(), await emptyStore()];
    const record = await fetchModel(request(hub, store), { times: quick });
    expect(record).toMatchObject({
      id: 'smoke',
      source: hubSource,
      file: `downloads/smoke.${modelHash.slice(0, 12)}.gguf`,
      size: model.length,
      sha256: modelHash,
      trust: 'hub',
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
      facts,
    });
    expect(modelHash).toBe(record.sha256);
    expect((await readFile(join(store, record.file))).equals(model)).toBe(true);
    expect(await listRecords(store)).toEqual([record]);
    expect(await downloadsIn(store)).toHaveLength(2);
    expect(hub.requests.map(({ at, status }) => `${at} ${status}`)).toEqual(['hub 302', 'cdn 200']);
  });

  it('asks the hub as its own client does', async () => {
    const [hub, store] = [await hubWithModel(), await emptyStore()];
    await fetchModel(request(hub, store, { source: { ...hubSource, revision: 'main' } }), { times: quick });
    const [first] = hub.requests;
    expect(first?.path).toBe(`/${repository}/resolve/main/Q8_0/smoke%20model.gguf`);
    expect(first?.headers['accept-encoding']).toBe('identity');
  });

  it('does not ask again for what it has', async () => {
    const [hub, store] = [await hubWithModel(), await emptyStore()];
    const first = await fetchModel(request(hub, store), { times: quick });
    const second = await fetchModel(request(hub, store, { source: pinnedSource }), { times: quick });
    expect(second).toEqual(first);
    expect(hub.requests).toHaveLength(2);
  });

  it('records a model under the name it is asked for', async () => {
    const [hub, store] = [await hubWithModel(), await emptyStore()];
    await fetchModel(request(hub, store), { times: quick });
    const renamed = await fetchModel(request(hub, store, { id: 'other' }), { times: quick });
    expect(renamed.id).toBe('other');
    expect(await listRecords(store)).toEqual([renamed]);
  });

  it('notes that a pinned hash was the right one', async () => {
    const [hub, store] = [await hubWithModel(), await emptyStore()];
    const record = await fetchModel(request(hub, store, { source: pinnedSource }), { times: quick });
    expect(record.trust).toBe('pinned');
  });

  it('brings a file of a web server', async () => {
    const [hub, store] = [await hubWithModel(), await emptyStore()];
    const record = await fetchModel(request(hub, store, { source: webSource(hub) }), { times: quick });
    expect(record).toMatchObject({ trust: 'pinned', sha256: modelHash });
    expect(record.commit).toBeUndefined();
  });

  it('shows the token to the hub and to nobody else', async () => {
    const token = 'hf_secret';
    const files = [{ repository, path, content: model, isGated: true }];
    const [hub, store] = [await hubWithModel({ token, files }), await emptyStore()];
    await fetchModel(request(hub, store, { token: new Secret(token) }), { times: quick });
    expect(hub.requests.map(({ at, headers }) => [at, headers.authorization])).toEqual([
      ['hub', `Bearer ${token}`],
      ['cdn', undefined],
    ]);
  });

  it('tells how far it is', async () => {
    const [hub, store] = [await hubWithModel(), await emptyStore()];
    const told: FetchProgress[] = [];
    await fetchModel(request(hub, store), { times: quick, onProgress: (progress) => told.push(progress) });
    expect(told.at(0)).toEqual({ state: 'downloading', received: 0, size: model.length });
    expect(told.at(-2)).toMatchObject({
      state: 'downloading',
      received: model.length,
      rate: expect.any(Number),
    });
    expect(told.at(-1)).toEqual({ state: 'done' });
  });
});
