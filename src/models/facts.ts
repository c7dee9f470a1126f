import * as z from 'zod';

const count = z.int().min(0);

/**
 * What a GGUF file says of its model, as far as memory and speed depend on it. Read from the file itself
 * (src/models/gguf/read-facts.ts); the catalogue states them for models that are not here yet.
 */
export const ModelFacts = z.strictObject({
  /** `general.architecture`, as the engine knows it. */
  architecture: z.string(),
  /** Bytes of the file. */
  fileSize: count,
  /** Context size in tokens that it was made for. */
  trainedContextSize: z.int().min(1),
  /** Blocks, also called layers. */
  blocks: z.int().min(1),
  /** Numbers in a token's embedding. */
  width: z.int().min(1),
  /** Numbers between the two matrices of a feed-forward network; the widest one counts. */
  feedForward: count,
  /** Attention heads for queries. */
  heads: count,
  /** Tokens it knows. */
  vocabulary: z.int().min(1),
  /** Bytes of all tensors. */
  weights: count,
  /**
   * Bytes of a token embedding that is the output matrix too and that engines on CPUs with AVX2 keep twice: as it
   * is, to look tokens up, and repacked, to multiply with.
   */
  embeddingCopy: count.default(0),
  /** Bytes of weights that a further token has to be multiplied with: what memory must deliver for each. */
  activeWeights: count,
  /** The blocks with attention; each keeps keys and values of the tokens so far. */
  attention: z.array(
    z.strictObject({
      blocks: z.int().min(1),
      /** Numbers of keys and of values for one token in one block. */
      keys: z.int().min(0),
      values: z.int().min(0),
      /** Tokens that it looks back; without it, all. */
      window: z.int().min(1).optional(),
    }),
  ),
  /**
   * The blocks that keep a state of fixed size instead, the numbers (of 4 bytes) in one block's state, and those
   * that go through its convolution for each token.
   */
  recurrent: z.strictObject({ blocks: z.int().min(1), state: z.int().min(1), channels: count }).optional(),
  /** Mixture of experts: how many a block has, and how many of them work for one token. */
  experts: z.strictObject({ all: z.int().min(1), used: z.int().min(1), feedForward: count }).optional(),
  hasChatTemplate: z.boolean(),
  /** Of an embedding model: which tokens of a text its vector is made of, if the file says so. */
  pooling: z.enum(['mean', 'cls', 'last']).optional(),
  /** Whether it knows tokens for filling in the middle. */
  hasInfillTokens: z.boolean(),
});
export type ModelFacts = z.infer<typeof ModelFacts>;

/** What a GGUF file says that holds an adapter (LoRA) for models. */
export const AdapterFacts = z.strictObject({
  /** `general.architecture` of the models that it is for. */
  adapterFor: z.string(),
  /** Bytes of the file. */
  fileSize: count,
});
export type AdapterFacts = z.infer<typeof AdapterFacts>;

/** What a file of weights is. */
export const FileFacts = z.union([ModelFacts, AdapterFacts]);
export type FileFacts = z.infer<typeof FileFacts>;
