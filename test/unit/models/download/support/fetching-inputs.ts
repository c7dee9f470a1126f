import type { FetchTimes } from '../../../../../src/models/download/fault.ts';
import type { ModelFacts } from '../../../../../src/models/facts.ts';
import { smokeModel } from '../../../../../src/models/smoke/smoke-model.ts';
import type { HubSource } from '../../../../../src/models/source.ts';
import { sha256Of } from '../../../../support/hub/server.ts';

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
