import { Damaged } from './file-reader.ts';
import type { TensorEntry } from './header.ts';
import type { ModelMetadata } from './model-metadata.ts';

/** What one block keeps of the tokens so far. */
export interface BlockMemory {
  /** Numbers of keys and values for each token; with a window, of so many tokens only. */
  readonly attention?: { readonly keys: number; readonly values: number; readonly window?: number };
  /** Numbers in a state of fixed size. */
  readonly state?: number;
  /** Numbers that go through the convolution before it, for each token. */
  readonly channels?: number;
}

/**
 * Of how many blocks in a row one looks back without limit, where the file does not say it, and whether it is the
 * first of them (`load_swa_pattern` in src/models/*.cpp of llama.cpp v0.5.0).
 */
const windowPatterns: Readonly<Record<string, { readonly every: number; readonly first?: boolean }>> = {
  afmoe: { every: 4 },
  cohere2: { every: 4 },
  cohere2moe: { every: 4, first: true },
  'exaone-moe': { every: 4 },
  exaone4: { every: 4 },
  'gemma-embedding': { every: 6 },
  gemma2: { every: 2 },
  gemma3: { every: 6 },
  gemma3n: { every: 5 },
  gemma4: { every: 6 },
  laguna: { every: 4, first: true },
  mellum: { every: 4 },
  'modern-bert': { every: 3, first: true },
  'muse-glimmer': { every: 4 },
  olmo2: { every: 4 },
  'gpt-oss': { every: 2 },
  plamo3: { every: 8 },
  smallthinker: { every: 4, first: true },
};

/** The engine takes 512 (`LLAMA_MAX_LAYERS`, src/llama-hparams.h of llama.cpp v0.5.0). */
const mostBlocks = 4096;

/** What each block keeps; where the file leaves a doubt, the larger. @throws Damaged */
export function blockMemories(
  metadata: ModelMetadata,
  blocks: number,
  width: number,
  tensors: readonly TensorEntry[],
): BlockMemory[] {
  const names = Map.groupBy(tensors, ({ name }) => Number(/^blk\.(\d+)\./.exec(name)?.[1] ?? -1));
  // Blocks that only guess further tokens keep nothing while nobody lets them guess.
  const guessing = metadata.own('nextn_predict_layers') ?? 0;
  const isPossible = blocks <= mostBlocks && guessing >= 0 && guessing <= blocks;
  if (!isPossible) throw new Damaged(`it claims to have ${blocks} blocks, ${guessing} of them to guess`);
  return Array.from({ length: blocks - guessing }, (_, index) => {
    const has = (pattern: RegExp) => names.get(index)?.some(({ name }) => pattern.test(name)) ?? false;
    const isRecurrent = has(/\.(ssm_|shortconv|time_mix)/);
    const attends = has(/\.attn_(k|kv_a_mqa)\./) || (has(/\.attn_qkv\./) && !isRecurrent);
    return {
      ...(attends && { attention: attentionOf(metadata, index, width) }),
      ...(isRecurrent && { state: stateOf(metadata, index, width), channels: channelsOf(metadata) }),
    };
  });
}

function attentionOf(
  metadata: ModelMetadata,
  index: number,
  width: number,
): NonNullable<BlockMemory['attention']> {
  const heads = metadata.ofBlock('attention.head_count', index) ?? 1;
  const keyHeads = metadata.ofBlock('attention.head_count_kv', index) ?? heads;
  const window = windowOf(metadata, index);
  const suffix = window !== undefined && metadata.own('attention.key_length_swa') !== undefined ? '_swa' : '';
  const keyLength = metadata.own(`attention.key_length${suffix}`) ?? width / heads;
  const valueLength = metadata.own(`attention.value_length${suffix}`) ?? width / heads;
  // Multi-head latent attention keeps no values: they are a part of its keys.
  const isLatent = metadata.own('attention.key_length_mla') !== undefined;
  return {
    keys: Math.round(keyLength * keyHeads),
    values: isLatent ? 0 : Math.round(valueLength * keyHeads),
    ...(window !== undefined && { window }),
  };
}

function windowOf(metadata: ModelMetadata, index: number): number | undefined {
  const window = metadata.own('attention.sliding_window');
  if (!window) return undefined;
  const key = 'attention.sliding_window_pattern';
  if (metadata.isPerBlock(key)) return metadata.ofBlock(key, index) ? window : undefined;
  const usual = windowPatterns[metadata.architecture ?? ''];
  if (!usual) return undefined;
  const every = metadata.own(key) ?? usual.every;
  if (every === 0) return window;
  const isWhole = usual.first ? index % every === 0 : index % every === every - 1;
  return isWhole ? undefined : window;
}

/** `n_embd_r` + `n_embd_s` of src/llama-hparams.cpp (llama.cpp v0.5.0). */
function stateOf(metadata: ModelMetadata, index: number, width: number): number {
  const heads = metadata.ofBlock('attention.head_count', index) ?? 1;
  const wkv = metadata.own('wkv.head_size');
  if (wkv) return 2 * width + width * wkv;
  const shortConvolution = metadata.own('shortconv.l_cache');
  if (shortConvolution) return width * (shortConvolution - 1);
  const kernel = metadata.own('ssm.conv_kernel') ?? 0;
  const delta = metadata.own('kda.head_dim');
  if (delta) return 3 * Math.max(0, kernel - 1) * heads * delta + delta * delta * heads;
  const inner = metadata.own('ssm.inner_size') ?? 0;
  return Math.max(0, kernel - 1) * channelsOf(metadata) + (metadata.own('ssm.state_size') ?? 0) * inner;
}

function channelsOf(metadata: ModelMetadata): number {
  const groups = metadata.own('ssm.group_count') ?? 0;
  return (metadata.own('ssm.inner_size') ?? 0) + 2 * groups * (metadata.own('ssm.state_size') ?? 0);
}
