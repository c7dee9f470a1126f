import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fetchModel } from '../../../../src/models/download/fetch-model.ts';
import { partialsOf } from '../../../../src/models/store/partials.ts';
import { partialPaths } from '../../../../src/models/store/places.ts';
import { listRecords, removeRecord } from '../../../../src/models/store/records.ts';
import type { HubDouble } from '../../../support/hub/server.ts';
import {
  downloadsIn,
  emptyStore,
  hubSource,
  hubWithModel,
  model,
  modelHash,
  quick,
  request,
} from './support/fetching.ts';

/** Begins to fetch the model in another process. */
function startChild(hub: HubDouble, store: string): ChildProcess & { output: () => string } {
  const script = join(import.meta.dirname, 'support', 'fetch-child.ts');
  const child = spawn(process.execPath, [script, store, hub.url], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout?.on('data', (text) => {
    output += String(text);
  });
  return Object.assign(child, { output: () => output });
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(2);
}

/** Fetches what is missing and expects that nothing of what was here is fetched again. */
async function expectTheRest(hub: HubDouble, store: string): Promise<void> {
  const [partial] = await partialsOf(store);
  const before = hub.requests.length;
  const record = await fetchModel(request(hub, store), { times: quick });
  expect((await readFile(join(store, record.file))).equals(model)).toBe(true);
  expect(record.sha256).toBe(modelHash);
  expect(await listRecords(store)).toEqual([record]);
  expect(await downloadsIn(store)).toHaveLength(2);
  const ranges = hub.requests
    .slice(before)
    .filter(({ at }) => at === 'cdn')
    .map(({ headers }) => headers.range);
  const missing = model.length - (partial?.received ?? 0);
  if (missing === 0) expect(ranges).toEqual([]);
  else if (partial && partial.received > 0) expect(ranges).toEqual([`bytes=${partial.received}-`]);
}

describe('a connection that is cut', () => {
  it('at any bytes: the next fetch brings the rest, and nothing twice', async () => {
    const hub = await hubWithModel();
    // Together less than the model, so that each of them cuts it.
    const longest = Math.floor(model.length / 3) - 1;
    const cuts = fc.array(fc.integer({ min: 0, max: longest }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(cuts, async (positions) => {
        hub.calm();
        const store = await emptyStore();
        for (const after of positions) hub.fault({ kind: 'cut', after });
        // A refusal that is final ends the fetch there.
        hub.fault({ kind: 'status', status: 400, at: 'cdn' });
        await expect(fetchModel(request(hub, store), { times: quick })).rejects.toMatchObject({
          code: 'MODEL_FETCH_REFUSED',
        });
        await expectTheRest(hub, store);
      }),
      { numRuns: 25 },
    );
  });
});

describe('a process that is killed', () => {
  it('while bytes come: the next fetch continues where it was', async () => {
    const [hub, store] = [await hubWithModel(), await emptyStore()];
    const after = 777_777;
    hub.fault({ kind: 'stall', after });
    const child = startChild(hub, store);
    const { data } = partialPaths(store, hubSource);
    await until(async () => (await stat(data).catch(() => undefined))?.size === after);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expectTheRest(hub, store);
    expect(hub.requests.at(-1)?.headers.range).toBe(`bytes=${after}-`);
  });

  it('at any moment: the next fetch ends with the right file', async () => {
    const [hub, store] = [await hubWithModel(), await emptyStore()];
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 120 }), async (milliseconds) => {
        const child = startChild(hub, store);
        const exit = once(child, 'exit');
        await Promise.race([until(() => child.output() !== ''), exit]);
        await Promise.race([sleep(milliseconds), exit]);
        child.kill('SIGKILL');
        await exit;
        await expectTheRest(hub, store);
        for (const record of await listRecords(store)) await removeRecord(store, record);
      }),
      { numRuns: 6 },
    );
  }, 60_000);
});

describe('two processes that want the same file', () => {
  it('fetch it once', async () => {
    const [hub, store] = [await hubWithModel(), await emptyStore()];
    hub.fault({ kind: 'slow', bytesPerSecond: 1_500_000 });
    const children = [startChild(hub, store), startChild(hub, store)];
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));
    expect(codes).toEqual([0, 0]);
    expect(hub.requests.map(({ at }) => at)).toEqual(['hub', 'cdn']);
    const outputs = children.map((child) => child.output());
    const records = outputs.map((text) => text.trim().split('\n').at(-1));
    expect(records[0]).toBe(records[1]);
    expect(outputs.filter((text) => text.startsWith('waiting\n'))).toHaveLength(1);
  });

  it('give up waiting when they are told to', async () => {
    const [hub, store] = [await hubWithModel(), await emptyStore()];
    hub.fault({ kind: 'slow', bytesPerSecond: 50_000 });
    const leaving = new AbortController();
    const begun = Promise.withResolvers<void>();
    const first = fetchModel(request(hub, store), {
      times: quick,
      signal: leaving.signal,
      onProgress: ({ state }) => state === 'downloading' && begun.resolve(),
    });
    await begun.promise;
    const controller = new AbortController();
    const second = fetchModel(request(hub, store), {
      times: quick,
      signal: controller.signal,
      onProgress: ({ state }) => state === 'waiting' && controller.abort(new Error('left')),
    });
    await expect(second).rejects.toThrow('left');
    const busy = fetchModel(request(hub, store), { times: { ...quick, turn: 0 } });
    await expect(busy).rejects.toMatchObject({ code: 'MODEL_FETCH_BUSY' });
    leaving.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
  });
});
