import { describe, expect, it } from 'vitest';
import { mostAttempts } from '../../../../src/models/download/fault.ts';
import { fetchModel } from '../../../../src/models/download/fetch-model.ts';
import type { HubFault } from '../../../support/hub/server.ts';
import { emptyStore, hubWithModel, model, quick, request, webSource } from './support/fetching.ts';
import { answers, fetched, refused } from './support/outcomes.ts';

const middle = Math.floor(model.length / 2);

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
