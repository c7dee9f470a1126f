import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fetchModel } from '../../../../src/models/download/fetch-model.ts';
import type { FetchProgress } from '../../../../src/models/record.ts';
import { partialsOf } from '../../../../src/models/store/partials.ts';
import { listRecords } from '../../../../src/models/store/records.ts';
import {
  downloadsIn,
  emptyStore,
  hubWithModel,
  model,
  quick,
  request,
  webSource,
} from './support/fetching.ts';

const page = 4096;

/** A store on a file system of 3 MB, until the test ends. */
async function smallStore(): Promise<string> {
  const store = await emptyStore();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'onepilot-test', store]);
  onTestFinished(() => void execFileSync('umount', [store]));
  return store;
}

/** Leaves so many bytes of the store's file system. */
function leave(store: string, bytes: number): void {
  rmSync(join(store, 'filler'), { force: true });
  const { bavail, bsize } = statfsSync(store);
  writeFileSync(join(store, 'filler'), new Uint8Array(bavail * bsize - Math.ceil(bytes / page) * page));
}

describe.skipIf(process.getuid?.() !== 0)('on a disk that is full', () => {
  it('nothing is fetched, and the error says how much is missing', async () => {
    const [hub, store] = [await hubWithModel(), await smallStore()];
    leave(store, 1_000_000);
    const told: FetchProgress[] = [];
    const onProgress = (progress: FetchProgress) => told.push(progress);
    const fetching = fetchModel(request(hub, store, { reserve: 300_000 }), { times: quick, onProgress });
    const error = await fetching.catch((thrown: unknown) => thrown);
    const missing = Number(/; (\d+) bytes are missing/.exec(String(error))?.[1]);
    expect(error).toMatchObject({ code: 'MODEL_FETCH_NO_SPACE' });
    // The partial file's note takes a page.
    expect(missing).toBeGreaterThanOrEqual(model.length + 300_000 - 1_003_520);
    expect(missing).toBeLessThanOrEqual(model.length + 300_000 - 1_000_000 + page);
    expect(await downloadsIn(store)).toEqual([]);
    expect(told).toMatchObject([{ state: 'failed', code: 'MODEL_FETCH_NO_SPACE' }]);
  });

  it('nobody is asked when the size is known before', async () => {
    const [hub, store] = [await hubWithModel(), await smallStore()];
    leave(store, 1_000_000);
    const fetching = fetchModel(request(hub, store, { expectedSize: model.length }), { times: quick });
    await expect(fetching).rejects.toMatchObject({ code: 'MODEL_FETCH_NO_SPACE' });
    expect(hub.requests).toEqual([]);
  });

  it('what could be written is kept, and continued once there is room', async () => {
    const [hub, store] = [await hubWithModel(), await smallStore()];
    let isFull = false;
    const onProgress = ({ state }: FetchProgress) => {
      if (state !== 'downloading' || isFull) return;
      isFull = true;
      leave(store, 500_000);
    };
    const fetching = fetchModel(request(hub, store), { times: quick, onProgress });
    const error = await fetching.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'MODEL_FETCH_NO_SPACE' });
    const [partial] = await partialsOf(store);
    expect(partial?.received).toBeGreaterThanOrEqual(500_000);
    expect(String(error)).toContain(`${model.length - (partial?.received ?? 0)} bytes are still to come`);

    rmSync(join(store, 'filler'));
    const record = await fetchModel(request(hub, store), { times: quick });
    expect(hub.requests.at(-1)?.headers.range).toBe(`bytes=${partial?.received}-`);
    expect(await listRecords(store)).toEqual([record]);
  });

  it('a file of unknown length stops there, too', async () => {
    const [hub, store] = [await hubWithModel(), await smallStore()];
    leave(store, 1_000_000);
    hub.fault({ kind: 'no-length' });
    const source = webSource(hub);
    const fetching = fetchModel(request(hub, store, { source }), { times: quick });
    await expect(fetching).rejects.toMatchObject({ code: 'MODEL_FETCH_NO_SPACE' });
    rmSync(join(store, 'filler'));
    await fetchModel(request(hub, store, { source }), { times: quick });
    expect(hub.requests.at(-1)?.status).toBe(206);
  });

  it('a file that is whole but for its record is not fetched again', async () => {
    const [hub, store] = [await hubWithModel(), await smallStore()];
    const onProgress = (progress: FetchProgress) => {
      if (progress.state === 'downloading' && progress.received === model.length) leave(store, 0);
    };
    const fetching = fetchModel(request(hub, store), { times: quick, onProgress });
    await expect(fetching).rejects.toMatchObject({ code: 'MODEL_FETCH_NO_SPACE' });
    expect(await listRecords(store)).toEqual([]);
    rmSync(join(store, 'filler'));
    const before = hub.requests.length;
    const record = await fetchModel(request(hub, store), { times: quick });
    expect(await listRecords(store)).toEqual([record]);
    expect(hub.requests).toHaveLength(before);
  });

  it('models that are there stay usable', async () => {
    const [hub, store] = [await hubWithModel(), await smallStore()];
    const record = await fetchModel(request(hub, store), { times: quick });
    leave(store, 0);
    const other = fetchModel(request(hub, store, { source: webSource(hub), id: 'other' }), { times: quick });
    await expect(other).rejects.toMatchObject({ code: 'MODEL_FETCH_NO_SPACE' });
    expect(await fetchModel(request(hub, store), { times: quick })).toEqual(record);
  });
});
