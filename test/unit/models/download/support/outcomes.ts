import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { fetchModel } from '../../../../../src/models/download/fetch-model.ts';
import type { FetchRequest } from '../../../../../src/models/download/fetch-request.ts';
import type { FetchProgress } from '../../../../../src/models/record.ts';
import { listRecords } from '../../../../../src/models/store/records.ts';
import type { HubDouble } from '../../../../support/hub/server.ts';
import { downloadsIn, emptyStore, model, quick, request } from './fetching.ts';

/** Statuses and first bytes of all answers, for example `cdn 206 from 100`. */
export function answers(hub: HubDouble): string[] {
  return hub.requests.map(({ at, status, headers }) => {
    const from = /^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1];
    return `${at} ${status}${from === undefined ? '' : ` from ${from}`}`;
  });
}

/** Fetches the model into an empty store and expects it whole there. */
export async function fetched(hub: HubDouble, more: Partial<FetchRequest> = {}) {
  const store = await emptyStore();
  const told: FetchProgress[] = [];
  const options = { times: quick, onProgress: (progress: FetchProgress) => told.push(progress) };
  const record = await fetchModel(request(hub, store, more), options);
  expect((await readFile(join(store, record.file))).equals(model)).toBe(true);
  expect(await downloadsIn(store)).toHaveLength(2);
  return { record, retries: told.filter(({ state }) => state === 'retrying') };
}

/** Fetches the model into an empty store and expects an error, of which progress tells. */
export async function refused(hub: HubDouble, more: Partial<FetchRequest> = {}) {
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

/** Fetches until so many bytes are here, then leaves. */
export async function abortedAt(
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
