import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { FetchRequest } from '../../../../../src/models/download/fetch-request.ts';
import type { WebSource } from '../../../../../src/models/source.ts';
import { downloadsFolder } from '../../../../../src/models/store/places.ts';
import { type HubDouble, type HubOptions, startHub } from '../../../../support/hub/server.ts';
import { facts, hubSource, model, modelHash, path, repository } from './fetching-inputs.ts';

export * from './fetching-inputs.ts';

export function webSource(hub: HubDouble, sha256 = modelHash): WebSource {
  return { kind: 'web', url: hub.webUrl(repository, encodeURI(path)), sha256 };
}

/** A hub with the model, until the test ends. */
export async function hubWithModel(options: Partial<HubOptions> = {}): Promise<HubDouble> {
  const hub = await startHub({ files: [{ repository, path, content: model }], ...options });
  onTestFinished(() => hub.close());
  return hub;
}

/** An empty store, until the test ends. */
export async function emptyStore(): Promise<string> {
  const store = await mkdtemp(join(tmpdir(), 'onepilot-store-'));
  onTestFinished(() => rm(store, { recursive: true, force: true }));
  return store;
}

export function request(hub: HubDouble, store: string, more: Partial<FetchRequest> = {}): FetchRequest {
  return { source: hubSource, id: 'smoke', store, mirror: hub.url, inspect: () => facts, ...more };
}

/** Names of all that lies among the downloads. */
export async function downloadsIn(store: string): Promise<string[]> {
  return (await readdir(downloadsFolder(store))).toSorted();
}
