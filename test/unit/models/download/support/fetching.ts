import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { FetchTimes } from '../../../../../src/models/download/fault.ts';
import type { FetchRequest } from '../../../../../src/models/download/fetch-request.ts';
import type { ModelFacts } from '../../../../../src/models/facts.ts';
import { smokeModel } from '../../../../../src/models/smoke/smoke-model.ts';
import type { HubSource, WebSource } from '../../../../../src/models/source.ts';
import { downloadsFolder } from '../../../../../src/models/store/places.ts';
import { type HubDouble, type HubOptions, sha256Of, startHub } from '../../../../support/hub/server.ts';

/** A real model of about a megabyte. */
export const model = smokeModel();
export const modelHash = sha256Of(model);
export const repository = 'acme/smoke-GGUF';
export const path = 'Q8_0/smoke model.gguf';

export const hubSource: HubSource = {
  kind: 'hub',
  owner: 'acme',
  repository: 'smoke-GGUF',
  file: path,
  revision: 'main',
};
export const pinnedSource: HubSource = { ...hubSource, sha256: modelHash };

export function webSource(hub: HubDouble, sha256 = modelHash): WebSource {
  return { kind: 'web', url: hub.webUrl(repository, encodeURI(path)), sha256 };
}

/** Short enough for tests, and long enough for a busy machine where something must not happen. */
export const quick: Partial<FetchTimes> = {
  firstPause: 2,
  longestPause: 10,
  report: 0,
  answer: 5000,
  stall: 5000,
};

/** Stands for what reads a model's facts, which is tested elsewhere. */
export const facts: ModelFacts = {
  architecture: 'qwen2',
  fileSize: model.length,
  trainedContextSize: 262144,
  blocks: 1,
  width: 128,
  feedForward: 32,
  heads: 4,
  vocabulary: 700,
  weights: model.length,
  embeddingCopy: 0,
  activeWeights: model.length,
  attention: [],
  hasChatTemplate: true,
  hasInfillTokens: true,
};

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
