import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { Secret } from '../../../../src/context/secret.ts';
import { mostAttempts } from '../../../../src/models/download/fault.ts';
import { fetchModel } from '../../../../src/models/download/fetch-model.ts';
import type { FetchRequest } from '../../../../src/models/download/fetch-request.ts';
import type { FetchProgress } from '../../../../src/models/record.ts';
import { partialsOf } from '../../../../src/models/store/partials.ts';
import { listRecords } from '../../../../src/models/store/records.ts';
import type { HubDouble, HubFault } from '../../../support/hub/server.ts';
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

const otherHash = 'f'.repeat(64);
const middle = Math.floor(model.length / 2);

/** Statuses and first bytes of all answers, for example `cdn 206 from 100`. */
function answers(hub: HubDouble): string[] {
  return hub.requests.map(({ at, status, headers }) => {
    const from = /^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1];
    return `${at} ${status}${from === undefined ? '' : ` from ${from}`}`;
  });
}

async function fetched(hub: HubDouble, more: Partial<FetchRequest> = {}) {
  const store = await emptyStore();
  const told: FetchProgress[] = [];
  const options = { times: quick, onProgress: (progress: FetchProgress) => told.push(progress) };
  const record = await fetchModel(request(hub, store, more), options);
  expect((await readFile(join(store, record.file))).equals(model)).toBe(true);
  expect(await downloadsIn(store)).toHaveLength(2);
  return { record, retries: told.filter(({ state }) => state === 'retrying') };
}

async function refused(hub: HubDouble, more: Partial<FetchRequest> = {}) {
  const store = await emptyStore();
  const told: FetchProgress[] = [];
  const options = { times: quick, onProgress: (progress: FetchProgress) => told.push(progress) };
  const error = await fetchModel(request(hub, store, more), options).then(
    () => expect.fail('It was fetched.'),
    (thrown: unknown) => thrown,
  );
  expect(await listRecords(store)).toEqual([]);
  expect(told.at(-1)).toMatchObject({ state: 'failed' });
  return { error, store };
}

describe('a fault that passes', () => {
  it.each<[string, HubFault]>([
    ['the hub closes the connection', { kind: 'drop' }],
    ['the hub is overloaded', { kind: 'status', status: 503 }],
    ['the hub counts requests', { kind: 'status', status: 429 }],
    ['the hub took too long', { kind: 'status', status: 408 }],
    ['the CDN is overloaded', { kind: 'status', status: 502, at: 'cdn' }],
    ['the CDN closes the connection', { kind: 'drop', at: 'cdn' }],
    ['the signed address has expired', { kind: 'status', status: 403, at: 'cdn' }],
    ['the CDN announces too much', { kind: 'wrong-length', by: 1000 }],
    ['the CDN ends too early', { kind: 'no-length', after: middle }],
    ['the CDN announces too little', { kind: 'wrong-length', by: -1000 }],
  ])('%s: the next attempt brings the file', async (_, fault) => {
    const hub = await hubWithModel();
    hub.fault(fault);
    expect((await fetched(hub)).retries).toHaveLength(1);
  });

  it('of any number is survived while bytes keep coming', async () => {
    const hub = await hubWithModel();
    hub.fault({ kind: 'cut', after: 100_000 }, 10);
    await fetched(hub);
    expect(hub.requests.filter(({ at }) => at === 'cdn')).toHaveLength(11);
  });

  it('that brings nothing is tried eight times', async () => {
    const hub = await hubWithModel();
    hub.fault({ kind: 'status', status: 500 }, 100);
    const { error } = await refused(hub);
    expect(error).toMatchObject({ code: 'MODEL_FETCH_INTERRUPTED' });
    expect(hub.requests).toHaveLength(mostAttempts);
  });

  it('is not survived for ever on a server that always begins anew', async () => {
    const hub = await hubWithModel();
    const source = webSource(hub);
    // No answer is whole, and none continues the one before.
    for (let i = 0; i < 200; i++)
      hub.fault({ kind: 'changed', content: model.subarray(i), cutAfter: 300_000 });
    const { error } = await refused(hub, { source });
    expect(error).toMatchObject({ code: 'MODEL_FETCH_INTERRUPTED' });
    expect(hub.requests.length).toBeLessThan(100);
  });

  it('waits as long as the server asks', async () => {
    const hub = await hubWithModel();
    hub.fault({ kind: 'status', status: 429, retryAfter: '1' });
    const begun = Date.now();
    const [retry] = (await fetched(hub)).retries;
    expect(retry?.state === 'retrying' && Date.parse(retry.retryAt)).toBeGreaterThanOrEqual(begun + 1000);
  });

  it('gives up on a connection that brings nothing', async () => {
    const hub = await hubWithModel();
    hub.fault({ kind: 'hang' });
    hub.fault({ kind: 'stall', after: middle });
    const store = await emptyStore();
    const reasons: string[] = [];
    await fetchModel(request(hub, store), {
      times: { ...quick, stall: 500, answer: 500 },
      onProgress: (progress) => progress.state === 'retrying' && reasons.push(progress.reason),
    });
    expect(reasons).toContainEqual(expect.stringContaining('no answer came in time'));
    expect(reasons).toContainEqual(expect.stringContaining('no byte came in time'));
    expect(answers(hub).at(-1)).toBe(`cdn 206 from ${middle}`);
  });
});

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

  it.each(['hub', 'cdn'] as const)('survives a login page in place of the %s', async (at) => {
    const [hub, store] = [await hubWithModel(), await emptyStore()];
    await abortedAt(hub, store, middle, { source: pinnedSource });
    hub.fault({ kind: 'web-page', at });
    await expect(
      fetchModel(request(hub, store, { source: pinnedSource }), { times: quick }),
    ).rejects.toMatchObject({ code: 'MODEL_FETCH_REFUSED', message: expect.stringContaining('web page') });
    await fetchModel(request(hub, store, { source: pinnedSource }), { times: quick });
    expect(answers(hub).at(-1)).toMatch(/^cdn 206 from \d+$/);
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

describe('a refusal', () => {
  const gated = { token: 'hf_right', files: [{ repository, path, content: model, isGated: true }] };

  it.each<[string, Partial<FetchRequest>, string, string]>([
    ['no token where one is needed', {}, 'MODEL_FETCH_NO_ACCESS', 'gated (status 401), without a token'],
    ['a wrong token', { token: new Secret('hf_wrong') }, 'MODEL_FETCH_NO_ACCESS', 'status 401, with a token'],
    [
      'an unknown repository',
      { source: { ...hubSource, repository: 'nothing' } },
      'MODEL_FETCH_NO_ACCESS',
      'no such repository',
    ],
    [
      'an unknown file',
      { source: { ...hubSource, file: 'nothing' } },
      'MODEL_FETCH_NOT_FOUND',
      'no such file',
    ],
    [
      'an unknown revision',
      { source: { ...hubSource, revision: 'v9' } },
      'MODEL_FETCH_NOT_FOUND',
      'no such revision',
    ],
  ])('for %s is final and says why', async (_, more, code, reason) => {
    const hub = await hubWithModel(gated);
    const { error, store } = await refused(hub, more);
    expect(error).toMatchObject({ code, message: expect.stringContaining(reason) });
    expect(hub.requests).toHaveLength(1);
    expect(await downloadsIn(store)).toEqual([]);
    expect(String(error)).not.toContain('hf_');
  });

  it('of a token that may not read the repository is final', async () => {
    const hub = await hubWithModel(gated);
    hub.fault({ kind: 'status', status: 403, errorCode: 'GatedRepo' });
    const { error } = await refused(hub, { token: new Secret('hf_right') });
    expect(error).toMatchObject({
      code: 'MODEL_FETCH_NO_ACCESS',
      fix: expect.stringContaining('ONEAPP_COPILOT_MODEL_TOKEN'),
    });
  });

  it('to connect names the mirror variable', async () => {
    const hub = await hubWithModel();
    await hub.close();
    const { error } = await refused(hub);
    expect(error).toMatchObject({
      code: 'MODEL_FETCH_UNREACHABLE',
      message: expect.stringContaining('refused'),
      fix: expect.stringContaining('ONEAPP_COPILOT_MODEL_MIRROR'),
    });
  });

  it('ends a chain of redirects that leads nowhere', async () => {
    const hub = await hubWithModel();
    hub.fault({ kind: 'redirect', location: `${hub.url}/round` }, 100);
    expect((await refused(hub)).error).toMatchObject({ code: 'MODEL_FETCH_REFUSED' });
    hub.calm();
    hub.fault({ kind: 'redirect', location: 'ftp://host/file' });
    expect((await refused(hub)).error).toMatchObject({ code: 'MODEL_FETCH_REFUSED' });
  });

  it.each(['hf_se\ncret', 'hf_sécret', ' '])('to send %j as a token shows nothing of it', async (token) => {
    const hub = await hubWithModel(gated);
    const { error } = await refused(hub, { token: new Secret(token) });
    expect(error).toMatchObject({ code: 'MODEL_FETCH_NO_ACCESS' });
    expect(inspect(error, { depth: 9 })).not.toContain('hf_s');
    expect(hub.requests).toEqual([]);
  });

  it('to use a mirror with a password in its address does not show it', async () => {
    const hub = await hubWithModel();
    const { error } = await refused(hub, { mirror: hub.url.replace('//', '//user:password@') });
    expect(error).toMatchObject({ code: 'MODEL_FETCH_REFUSED' });
    expect(inspect(error, { depth: 9 })).not.toContain('password@');
  });

  it('does not get the token of a web source, which has none', async () => {
    const hub = await hubWithModel();
    await fetched(hub, { source: webSource(hub), token: new Secret('hf_right') });
    expect(hub.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it('of a renamed repository, which redirects within the hub, takes the token along', async () => {
    const hub = await hubWithModel(gated);
    hub.fault({ kind: 'redirect', location: `/${repository}/resolve/main/${encodeURI(path)}` });
    await fetched(hub, { source: { ...hubSource, repository: 'old' }, token: new Secret('hf_right') });
  });
});

/** Fetches until so many bytes are here, then leaves. */
async function abortedAt(
  hub: HubDouble,
  store: string,
  bytes: number,
  more: Partial<FetchRequest> = {},
): Promise<void> {
  const controller = new AbortController();
  const onProgress = (progress: FetchProgress) => {
    if (progress.state === 'downloading' && progress.received >= bytes) controller.abort(new Error('left'));
  };
  const leaving = fetchModel(request(hub, store, more), {
    times: quick,
    signal: controller.signal,
    onProgress,
  });
  await expect(leaving).rejects.toThrow('left');
}
