/** What llama.cpp v0.5.0 calls an architecture (`LLM_ARCH_NAMES` in llama-arch.cpp). */
export type Architecture = 'qwen2' | 'qwen3' | 'qwen3moe' | 'qwen35' | 'qwen35moe' | 'mellum' | 'gpt-oss';

export interface Experts {
  readonly count: number;
  /** Experts that see each token. */
  readonly used: number;
  readonly feedForward: number;
  /** Width of the expert that sees every token. */
  readonly shared?: number;
}

/** Gated delta net layers, which keep a state of fixed size instead of keys and values. */
export interface DeltaNet {
  readonly keyHeads: number;
  readonly valueHeads: number;
  /** Rows and columns of one head's state. */
  readonly headSize: number;
  /** Tokens that the convolution before it sees. */
  readonly convolution: number;
}

export interface Shape {
  readonly imitates: string;
  readonly architecture: Architecture;
  readonly quantization: 'Q4_K_M' | 'MXFP4_MOE';
  readonly blocks: number;
  readonly width: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly vocabulary: number;
  /** Whether the output matrix is the embedding's. */
  readonly isTied: boolean;
  readonly contextSize: number;
  readonly ropeBase: number;
  /** YaRN: how much longer the context is than the one before the extension. */
  readonly yarn?: { readonly factor: number; readonly originalContextSize: number };
  /** Width of the dense feed-forward part, of blocks without experts. */
  readonly feedForward?: number;
  readonly experts?: Experts;
  readonly deltaNet?: DeltaNet;
  /** Tokens that the layers with a sliding window see. */
  readonly window?: number;
  /** Every how many blocks one has attention to all tokens, where others have a window or a delta net. */
  readonly fullAttentionEvery?: number;
}

/** https://huggingface.co/Qwen/Qwen3-0.6B/blob/main/config.json. */
const qwen3Small = {
  architecture: 'qwen3',
  quantization: 'Q4_K_M',
  blocks: 28,
  width: 1024,
  heads: 16,
  keyValueHeads: 8,
  headSize: 128,
  vocabulary: 151_936,
  isTied: true,
  contextSize: 40_960,
  ropeBase: 1e6,
  feedForward: 3072,
} as const;

/** https://huggingface.co/Qwen/Qwen3-30B-A3B/blob/main/config.json. */
const qwen3Experts = {
  architecture: 'qwen3moe',
  quantization: 'Q4_K_M',
  blocks: 48,
  width: 2048,
  heads: 32,
  keyValueHeads: 4,
  headSize: 128,
  vocabulary: 151_936,
  isTied: false,
  contextSize: 40_960,
  ropeBase: 1e6,
  experts: { count: 128, used: 8, feedForward: 768 },
} as const;

/** https://huggingface.co/Qwen/Qwen3.5-4B/blob/main/config.json (`text_config`). */
const qwen35Dense = {
  architecture: 'qwen35',
  quantization: 'Q4_K_M',
  blocks: 32,
  width: 2560,
  heads: 16,
  keyValueHeads: 4,
  headSize: 256,
  vocabulary: 248_320,
  isTied: true,
  contextSize: 262_144,
  ropeBase: 1e7,
  feedForward: 9216,
  deltaNet: { keyHeads: 16, valueHeads: 32, headSize: 128, convolution: 4 },
  fullAttentionEvery: 4,
} as const;

/**
 * Qwen3.6-35B-A3B has the architecture and sizes of Qwen3.5-35B-A3B, which are the defaults of
 * `Qwen3_5MoeTextConfig` (transformers, src/transformers/models/qwen3_5_moe/configuration_qwen3_5_moe.py).
 * Its layer for predicting several tokens is left out: the engine loads it only for speculation.
 */
const qwen35Experts = {
  architecture: 'qwen35moe',
  quantization: 'Q4_K_M',
  blocks: 40,
  width: 2048,
  heads: 16,
  keyValueHeads: 2,
  headSize: 256,
  vocabulary: 248_320,
  isTied: false,
  contextSize: 262_144,
  ropeBase: 1e7,
  experts: { count: 256, used: 8, feedForward: 512, shared: 512 },
  deltaNet: { keyHeads: 16, valueHeads: 32, headSize: 128, convolution: 4 },
  fullAttentionEvery: 4,
} as const;

/** https://huggingface.co/openai/gpt-oss-20b/blob/main/config.json. */
const gptOss = {
  architecture: 'gpt-oss',
  quantization: 'MXFP4_MOE',
  blocks: 24,
  width: 2880,
  heads: 64,
  keyValueHeads: 8,
  headSize: 64,
  vocabulary: 201_088,
  isTied: false,
  contextSize: 131_072,
  ropeBase: 150_000,
  yarn: { factor: 32, originalContextSize: 4096 },
  experts: { count: 32, used: 4, feedForward: 2880 },
  window: 128,
  fullAttentionEvery: 2,
} as const;

/**
 * The models that can be generated. The small ones keep what sizing depends on (heads, head sizes, experts,
 * vocabulary) and are cut where weights merely repeat; the rest are whole. The addresses are those of the original
 * configurations; the numbers were read from copies of them in other public repositories.
 */
export const shapes = {
  'dense-small': { ...qwen3Small, imitates: 'Qwen3-0.6B, 8 of its 28 blocks', blocks: 8 },
  'experts-small': {
    ...qwen3Experts,
    imitates: 'Qwen3-30B-A3B, 4 of its 48 blocks, a quarter as wide, experts a third as wide',
    blocks: 4,
    width: 512,
    heads: 8,
    experts: { count: 128, used: 8, feedForward: 256 },
  },
  // The narrow sizes: https://huggingface.co/Qwen/Qwen3.5-0.8B/blob/main/config.json (`text_config`).
  'hybrid-small': {
    ...qwen35Dense,
    imitates: 'Qwen3.5-0.8B, 8 of its 24 blocks, with the vocabulary of Qwen3',
    blocks: 8,
    width: 1024,
    heads: 8,
    keyValueHeads: 2,
    vocabulary: 151_936,
    feedForward: 3584,
    deltaNet: { keyHeads: 16, valueHeads: 16, headSize: 128, convolution: 4 },
  },
  'hybrid-experts-small': {
    ...qwen35Experts,
    imitates: 'Qwen3.6-35B-A3B, 4 of its 40 blocks, a quarter as wide, a quarter of the experts',
    blocks: 4,
    width: 512,
    heads: 4,
    vocabulary: 32_768,
    experts: { count: 64, used: 8, feedForward: 256, shared: 256 },
    deltaNet: { keyHeads: 4, valueHeads: 8, headSize: 128, convolution: 4 },
  },
  'window-small': {
    ...gptOss,
    imitates: 'gpt-oss-20b, 4 of its 24 blocks, about a quarter as wide',
    blocks: 4,
    width: 640,
    heads: 16,
    keyValueHeads: 2,
    vocabulary: 32_768,
    experts: { count: 32, used: 4, feedForward: 640 },
  },
  // https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B/blob/main/config.json.
  'dense-1.5b': {
    imitates: 'Qwen2.5-Coder-1.5B',
    architecture: 'qwen2',
    quantization: 'Q4_K_M',
    blocks: 28,
    width: 1536,
    heads: 12,
    keyValueHeads: 2,
    headSize: 128,
    vocabulary: 151_936,
    isTied: true,
    contextSize: 32_768,
    ropeBase: 1e6,
    feedForward: 8960,
  },
  // https://huggingface.co/Qwen/Qwen3-4B-Instruct-2507/blob/main/config.json.
  'dense-4b': {
    ...qwen3Small,
    imitates: 'Qwen3-4B-Instruct-2507',
    blocks: 36,
    width: 2560,
    heads: 32,
    contextSize: 262_144,
    ropeBase: 5e6,
    feedForward: 9728,
  },
  'hybrid-4b': { ...qwen35Dense, imitates: 'Qwen3.5-4B' },
  // https://huggingface.co/JetBrains/Mellum2-12B-A2.5B-Base/blob/main/config.json.
  'experts-12b': {
    imitates: 'Mellum2-12B-A2.5B',
    architecture: 'mellum',
    quantization: 'Q4_K_M',
    blocks: 28,
    width: 2304,
    heads: 32,
    keyValueHeads: 4,
    headSize: 128,
    vocabulary: 98_304,
    isTied: false,
    contextSize: 131_072,
    ropeBase: 500_000,
    yarn: { factor: 16, originalContextSize: 8192 },
    experts: { count: 64, used: 8, feedForward: 896 },
    window: 1024,
    fullAttentionEvery: 4,
  },
  'window-20b': { ...gptOss, imitates: 'gpt-oss-20b' },
  'experts-30b': { ...qwen3Experts, imitates: 'Qwen3-30B-A3B' },
  'hybrid-35b': { ...qwen35Experts, imitates: 'Qwen3.6-35B-A3B' },
} as const satisfies Readonly<Record<string, Shape>>;

export type ShapeName = keyof typeof shapes;

/** Whether a block has attention to all tokens, rather than to a window or a delta net. */
export function hasFullAttention(shape: Shape, block: number): boolean {
  return (block + 1) % (shape.fullAttentionEvery ?? 1) === 0;
}
