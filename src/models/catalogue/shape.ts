import * as z from 'zod';
import type { ModelFacts } from '../facts.ts';

const size = z.int().min(1);

/**
 * The sizes of a model's network as its published `config.json` states them: what a plan of memory can be made from
 * before the file is there. Numbers nobody published are left out, and then there is no shape at all.
 */
export const ModelShape = z.strictObject({
  /** Where the numbers were read. */
  source: z.string().min(1),
  /** Tokens. */
  contextSize: size,
  blocks: size,
  width: size,
  /** Width of the dense feed-forward part; left out where every block has experts. */
  feedForward: size.optional(),
  heads: size,
  vocabulary: size,
  /** Whether the output matrix is the embedding's. */
  tied: z.boolean(),
  /** The blocks with attention, by what they keep. */
  attention: z.array(
    z.strictObject({
      blocks: size,
      /** Heads of keys and values, and numbers in each. */
      keyHeads: size,
      headSize: size,
      /** Tokens that it looks back; without it, all. */
      window: size.optional(),
      /** Whether its output goes through a gate as wide as the queries. */
      gated: z.boolean().default(false),
    }),
  ),
  /** The blocks with a gated delta net, which keep a state of fixed size. */
  deltaNet: z
    .strictObject({
      blocks: size,
      keyHeads: size,
      valueHeads: size,
      headSize: size,
      /** Tokens that the convolution before it sees. */
      convolution: size,
    })
    .optional(),
  experts: z
    .strictObject({
      all: size,
      used: size,
      feedForward: size,
      /** Width of the expert that sees every token. */
      shared: size.optional(),
    })
    .optional(),
});
export type ModelShape = z.infer<typeof ModelShape>;

/** Numbers in the matrices of a network, norms and biases aside (they are thousandths). */
export interface ParameterCounts {
  readonly all: number;
  /** Those that one token is multiplied with. */
  readonly active: number;
}

/** Counts what the matrices of `shape` hold. Three matrices to a feed-forward network, as all models listed have. */
export function countParameters(shape: ModelShape): ParameterCounts {
  const { blocks, width, heads, feedForward = 0, experts, deltaNet } = shape;
  const attention = shape.attention.reduce((sum, { blocks, keyHeads, headSize, gated }) => {
    const queries = heads * headSize;
    return sum + blocks * width * (queries * (gated ? 3 : 2) + 2 * keyHeads * headSize);
  }, 0);
  const delta = deltaNet ? deltaNet.blocks * width * (2 * keysOf(deltaNet) + 3 * valuesOf(deltaNet)) : 0;
  const expert = 3 * width * (experts?.feedForward ?? 0);
  const perBlock = experts
    ? width * experts.all + 3 * width * (experts.shared ?? 0)
    : 3 * width * feedForward;
  const common = attention + delta + blocks * perBlock;
  const embedding = shape.vocabulary * width;
  return {
    all: common + blocks * expert * (experts?.all ?? 0) + embedding * (shape.tied ? 1 : 2),
    active: common + blocks * expert * (experts?.used ?? 0) + embedding,
  };
}

function keysOf({ keyHeads, headSize }: { keyHeads: number; headSize: number }): number {
  return keyHeads * headSize;
}

function valuesOf({ valueHeads, headSize }: { valueHeads: number; headSize: number }): number {
  return valueHeads * headSize;
}

/**
 * What the file will say of its model, as far as the shape tells: `weights` is the whole file, and bytes are spread
 * evenly over parameters, which a mix of quantizations is not. The facts of the file itself take their place.
 */
export function estimateFacts(
  shape: ModelShape,
  file: {
    readonly size: number;
    readonly architecture: string;
    readonly chats: boolean;
    readonly infills: boolean;
    readonly pooling: ModelFacts['pooling'];
  },
): ModelFacts {
  const { experts, deltaNet } = shape;
  const { all, active } = countParameters(shape);
  return {
    architecture: file.architecture,
    fileSize: file.size,
    trainedContextSize: shape.contextSize,
    blocks: shape.blocks,
    width: shape.width,
    feedForward: shape.feedForward ?? 0,
    heads: shape.heads,
    vocabulary: shape.vocabulary,
    weights: file.size,
    // Quantizers give an embedding that is the output matrix too one of the types that are not repacked.
    embeddingCopy: 0,
    activeWeights: Math.round((file.size * active) / all),
    attention: shape.attention.map(({ blocks, keyHeads, headSize, window }) => ({
      blocks,
      keys: keyHeads * headSize,
      values: keyHeads * headSize,
      ...(window !== undefined && { window }),
    })),
    ...(deltaNet && {
      recurrent: {
        blocks: deltaNet.blocks,
        state: stateOf(deltaNet),
        channels: valuesOf(deltaNet) + 2 * keysOf(deltaNet),
      },
    }),
    ...(experts && {
      experts: { all: experts.all, used: experts.used, feedForward: experts.feedForward },
    }),
    ...(file.pooling && { pooling: file.pooling }),
    hasChatTemplate: file.chats,
    hasInfillTokens: file.infills,
  };
}

/** `n_embd_r` + `n_embd_s` of src/llama-hparams.cpp (llama.cpp v0.5.0). */
function stateOf(deltaNet: NonNullable<ModelShape['deltaNet']>): number {
  const values = valuesOf(deltaNet);
  return (deltaNet.convolution - 1) * (values + 2 * keysOf(deltaNet)) + deltaNet.headSize * values;
}
