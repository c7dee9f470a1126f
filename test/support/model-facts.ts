import type { ModelFacts } from '../../src/models/facts.ts';

/** Facts of a model small enough for any machine, changed as a test wants it. */
export function smallFacts(changed: Partial<ModelFacts> = {}): ModelFacts {
  return {
    architecture: 'qwen2',
    fileSize: 1_000_000,
    trainedContextSize: 4096,
    blocks: 1,
    width: 512,
    feedForward: 512,
    heads: 4,
    vocabulary: 1000,
    weights: 1_000_000,
    embeddingCopy: 0,
    activeWeights: 1_000_000,
    attention: [{ blocks: 1, keys: 128, values: 128 }],
    hasChatTemplate: true,
    hasInfillTokens: true,
    ...changed,
  };
}
