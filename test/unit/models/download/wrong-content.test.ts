import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { fetchModel } from '../../../../src/models/download/fetch-model.ts';
import { listRecords } from '../../../../src/models/store/records.ts';
import {
  downloadsIn,
  emptyStore,
  hubSource,
  hubWithModel,
  model,
  path,
  pinnedSource,
  quick,
  repository,
  request,
  webSource,
} from './support/fetching.ts';
import { answers, fetched, refused } from './support/outcomes.ts';

const otherHash = 'f'.repeat(64);
const middle = Math.floor(model.length / 2);

describe('content that is wrong', () => {
  it('is fetched once more, from the beginning', async () => {
    const hub = await hubWithModel();
    hub.fault({ kind: 'wrong-byte', position: middle });
    await fetched(hub);
    expect(answers(hub)).toEqual(['hub 302', 'cdn 200', 'hub 302', 'cdn 200']);
  });

  it('is refused and deleted the second time', async () => {
    const hub = await hubWithModel();
    hub.fault({ kind: 'wrong-byte', position: middle }, 3);
    const { error, store } = await refused(hub, { source: pinnedSource });
    expect(error).toMatchObject({ code: 'MODEL_FETCH_HASH' });
    expect(await downloadsIn(store)).toEqual([]);
    expect(hub.requests.filter(({ at }) => at === 'cdn')).toHaveLength(2);
  });

  it('is found where no length was announced', async () => {
    const hub = await hubWithModel();
    hub.fault({ kind: 'no-length' }, 1);
    await fetched(hub, { source: webSource(hub) });
  });

  it('is not fetched at all when the hub states another hash than the one pinned', async () => {
    const hub = await hubWithModel();
    const { error } = await refused(hub, { source: { ...hubSource, sha256: otherHash } });
    expect(error).toMatchObject({ code: 'MODEL_FETCH_HASH' });
    expect(hub.bytesSent).toBe(0);
  });

  it('is not fetched at all when it has another size than expected', async () => {
    const hub = await hubWithModel();
    const { error } = await refused(hub, { expectedSize: model.length + 1 });
    expect(error).toMatchObject({ code: 'MODEL_FETCH_SIZE' });
    const web = await refused(hub, { source: webSource(hub), expectedSize: model.length + 1 });
    expect(web.error).toMatchObject({ code: 'MODEL_FETCH_SIZE' });
  });

  it('is not accepted where nobody states a hash', async () => {
    const files = [{ repository, path, content: model, isLfs: false }];
    const { error } = await refused(await hubWithModel({ files }));
    expect(error).toMatchObject({ code: 'MODEL_FETCH_NO_HASH' });
  });

  it('is accepted from a hub that states none if the hash is pinned', async () => {
    const files = [{ repository, path, content: model, isLfs: false }];
    expect((await fetched(await hubWithModel({ files }), { source: pinnedSource })).record.trust).toBe(
      'pinned',
    );
  });

  it('does not keep the connection when it is refused', async () => {
    const hub = await hubWithModel();
    hub.fault({ kind: 'stall', after: 10 });
    await refused(hub, { source: webSource(hub), expectedSize: 5 });
    await vi.waitFor(() => expect(hub.requests).toMatchObject([{ end: 'cut' }]));
  });

  it('is refused when it comes compressed', async () => {
    const hub = await hubWithModel();
    hub.fault({ kind: 'compressed' });
    expect((await refused(hub)).error).toMatchObject({ code: 'MODEL_FETCH_REFUSED' });
  });

  it('is deleted when it is no model', async () => {
    const files = [{ repository, path, content: Buffer.from('<html>Please log in</html>') }];
    const { error, store } = await refused(await hubWithModel({ files }));
    expect(error).toMatchObject({ code: 'MODEL_UNUSABLE', message: expect.stringContaining('GGUF') });
    expect(await downloadsIn(store)).toEqual([]);
  });

  it('is deleted when it is a model that cannot be used', async () => {
    const unknown = () => {
      throw new Error('unknown architecture');
    };
    const { error, store } = await refused(await hubWithModel(), { inspect: unknown });
    expect(error).toMatchObject({ code: 'MODEL_UNUSABLE', message: expect.stringContaining('unknown arch') });
    expect(await downloadsIn(store)).toEqual([]);
  });

  it('leaves a model that works as it is', async () => {
    const [hub, store] = [await hubWithModel(), await emptyStore()];
    const working = await fetchModel(request(hub, store, { source: pinnedSource }), { times: quick });
    hub.put({ repository, path, content: Buffer.from('GGUF but broken') });
    const wanted = { ...hubSource, sha256: otherHash };
    await expect(fetchModel(request(hub, store, { source: wanted }), { times: quick })).rejects.toMatchObject(
      {
        code: 'MODEL_FETCH_HASH',
      },
    );
    expect(await listRecords(store)).toEqual([working]);
    expect((await readFile(join(store, working.file))).equals(model)).toBe(true);
  });
});
