import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fetchModel } from '../../../../src/models/download/fetch-model.ts';
import { partialsOf } from '../../../../src/models/store/partials.ts';
import type { HubFault } from '../../../support/hub/server.ts';
import {
  downloadsIn,
  emptyStore,
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
import { abortedAt, answers, fetched, refused } from './support/outcomes.ts';

const otherHash = 'f'.repeat(64);
const middle = Math.floor(model.length / 2);

describe('continuing', () => {
  it('asks the hub for a fresh address and the CDN for the rest only', async () => {
    const hub = await hubWithModel();
    hub.fault({ kind: 'cut', after: 16 * 1024 * 20 });
    await fetched(hub);
    const resumed = hub.requests.at(-1);
    const from = Number(/\d+/.exec(resumed?.headers.range ?? '')?.[0]);
    expect(from).toBeGreaterThan(0);
    expect(resumed?.headers['if-range']).toBe(`"${modelHash}"`);
    expect(answers(hub)).toEqual(['hub 302', 'cdn 200', `hub 302 from ${from}`, `cdn 206 from ${from}`]);
  });

  it.each<[string, HubFault, RegExp]>([
    ['does not continue', { kind: 'ignore-range' }, /^cdn 200 from \d+$/],
    ['continues somewhere else', { kind: 'other-range', by: 10 }, /^cdn 200$/],
    ['refuses the range', { kind: 'status', status: 416, at: 'cdn' }, /^cdn 200$/],
    ['has another file', { kind: 'changed', content: model.toReversed() }, /^cdn 200$/],
  ])('begins anew when the server %s', async (_, fault, last) => {
    const [hub, store] = [await hubWithModel(), await emptyStore()];
    await abortedAt(hub, store, middle);
    hub.fault(fault);
    await fetchModel(request(hub, store), { times: quick });
    expect(answers(hub).at(-1)).toMatch(last);
  });

  it('gives up when the server refuses even the whole file as a range', async () => {
    const hub = await hubWithModel();
    hub.fault({ kind: 'status', status: 416, at: 'cdn' }, 2);
    expect((await refused(hub)).error).toMatchObject({ code: 'MODEL_FETCH_REFUSED' });
  });

  it('goes by the hash where the server gives no strong validator', async () => {
    const hub = await hubWithModel();
    hub.fault({ kind: 'weak-etag' });
    const store = await emptyStore();
    await abortedAt(hub, store, middle);
    await fetchModel(request(hub, store), { times: quick });
    const last = hub.requests.at(-1);
    expect(last?.status).toBe(206);
    expect(last?.headers['if-range']).toBeUndefined();
  });

  it.each([
    ['hub', hubSource],
    ['cdn', hubSource],
    ['hub', pinnedSource],
    ['cdn', pinnedSource],
  ] as const)('survives a login page in place of the %s', async (at, source) => {
    const [hub, store] = [await hubWithModel(), await emptyStore()];
    await abortedAt(hub, store, middle, { source });
    hub.fault({ kind: 'web-page', at });
    await fetchModel(request(hub, store, { source }), { times: quick });
    expect(answers(hub).at(-1)).toMatch(/^cdn 206 from \d+$/);
  });

  it('gives up on a login page that stays, and keeps what is here', async () => {
    const [hub, store] = [await hubWithModel(), await emptyStore()];
    await abortedAt(hub, store, middle);
    hub.fault({ kind: 'web-page', at: 'hub' }, 100);
    await expect(fetchModel(request(hub, store), { times: quick })).rejects.toMatchObject({
      code: 'MODEL_FETCH_INTERRUPTED',
      message: expect.stringContaining('web page'),
    });
    expect((await partialsOf(store))[0]?.received).toBeGreaterThanOrEqual(middle);
  });

  it('does not begin with a login page', async () => {
    const hub = await hubWithModel();
    hub.fault({ kind: 'web-page', at: 'hub' });
    expect((await refused(hub)).error).toMatchObject({
      code: 'MODEL_FETCH_REFUSED',
      message: expect.stringContaining('web page'),
    });
  });

  it('does not mix two commits when the branch moves meanwhile', async () => {
    const hub = await hubWithModel();
    const store = await emptyStore();
    await abortedAt(hub, store, middle);
    hub.put({ repository, path, content: model.toReversed() });
    const record = await fetchModel(request(hub, store), { times: quick });
    expect(record.sha256).toBe(modelHash);
    expect(hub.requests.at(-2)?.path).toContain(`/resolve/${record.commit}/`);
  });

  it('follows the branch when its old commit is gone', async () => {
    const hub = await hubWithModel();
    const store = await emptyStore();
    await abortedAt(hub, store, middle);
    const changed = Uint8Array.from(model);
    changed[model.length - 1] = 99;
    hub.put({ repository, path, content: changed });
    hub.forgetHistory(repository);
    const record = await fetchModel(request(hub, store), { times: quick });
    expect((await readFile(join(store, record.file))).equals(changed)).toBe(true);
  });

  it('begins anew when a web server has another file now', async () => {
    const hub = await hubWithModel();
    const store = await emptyStore();
    const source = webSource(hub);
    hub.fault({ kind: 'changed', content: model.toReversed() });
    await abortedAt(hub, store, middle, { source });
    await fetchModel(request(hub, store, { source }), { times: quick });
    expect(hub.requests.map(({ status }) => status)).toEqual([200, 200]);
  });

  it('leaves nothing of a longer file that was begun', async () => {
    const [hub, store] = [await hubWithModel(), await emptyStore()];
    const source = webSource(hub);
    hub.fault({ kind: 'changed', content: Buffer.concat([model, model]) });
    await abortedAt(hub, store, model.length + 1, { source });
    const record = await fetchModel(request(hub, store, { source }), { times: quick });
    expect((await readFile(join(store, record.file))).equals(model)).toBe(true);
  });

  it('takes no file that came whole for one of another hash, which is pinned since', async () => {
    const [hub, store] = [await hubWithModel(), await emptyStore()];
    await abortedAt(hub, store, model.length);
    const source = { ...hubSource, sha256: otherHash };
    await expect(fetchModel(request(hub, store, { source }), { times: quick })).rejects.toMatchObject({
      code: 'MODEL_FETCH_HASH',
    });
    expect(await downloadsIn(store)).toEqual([]);
  });

  it('fetches nothing again when all bytes had come', async () => {
    const hub = await hubWithModel();
    const store = await emptyStore();
    await abortedAt(hub, store, model.length);
    expect(await partialsOf(store)).toEqual([
      { source: hubSource, received: model.length, size: model.length },
    ]);
    await fetchModel(request(hub, store), { times: quick });
    expect(hub.requests).toHaveLength(2);
  });
});
