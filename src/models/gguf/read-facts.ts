import { failure } from '../../errors/catalogue.ts';
import { type AdapterFacts, ModelFacts } from '../facts.ts';
import { type BlockMemory, blockMemories } from './block-memory.ts';
import { Damaged } from './file-reader.ts';
import { gapMarks } from './gap-marks.ts';
import { checkGguf, type GgufHeader, type TensorEntry } from './header.ts';
import { metadataOf } from './model-metadata.ts';

/**
 * Types that the engine repacks on CPUs with AVX2 (`ggml_repack_get_optimal_repack_type`, ggml-cpu/repack.cpp of
 * llama.cpp v0.5.0): Q4_0, Q4_K, IQ4_NL, MXFP4.
 */
const repackedTypes = new Set([2, 12, 20, 39]);

/**
 * What the file at `path` says of its model.
 * @throws MODEL_NOT_GGUF, MODEL_TRUNCATED, MODEL_IN_PARTS; what `open` throws when there is no such file.
 */
export function readModelFacts(path: string): ModelFacts {
  return factsOf(checkGguf(path), path);
}

/**
 * What the file at `path` says of the adapter it holds.
 * @throws as `readModelFacts`
 */
export function readAdapterFacts(path: string): AdapterFacts {
  const header = checkGguf(path);
  const { architecture } = metadataOf(header);
  if (header.metadata.get('general.type') !== 'adapter' || architecture === undefined) {
    throw failure('MODEL_NOT_GGUF', {
      file: path,
      reason: 'it is a model by itself, and no adapter for one',
    });
  }
  return { adapterFor: architecture, fileSize: header.fileSize };
}

/** What `header` says of its model. @param file For messages. @throws MODEL_NOT_GGUF, MODEL_IN_PARTS */
export function factsOf(header: GgufHeader, file: string): ModelFacts {
  const { tensors, fileSize } = header;
  const metadata = metadataOf(header);
  const parts = metadata.number('split.count');
  if (parts !== undefined && parts > 1) throw failure('MODEL_IN_PARTS', { file, parts });
  const { architecture } = metadata;
  if (header.metadata.get('general.type') === 'adapter') {
    throw failure('MODEL_NOT_GGUF', { file, reason: 'it is an adapter, and no model by itself' });
  }
  const blocks = metadata.own('block_count');
  const width = metadata.own('embedding_length');
  if (architecture === undefined || !blocks || !width) {
    const missing = 'its metadata name no architecture, blocks or embedding length: it is no language model';
    throw failure('MODEL_NOT_GGUF', { file, reason: missing });
  }
  const all = metadata.own('expert_count') ?? 0;
  const used = metadata.own('expert_used_count') ?? 0;
  const memories = memoriesOf(file, () => blockMemories(metadata, blocks, width, tensors));
  const recurrent = recurrentBlocks(memories);
  const pooling = poolings[metadata.own('pooling_type') ?? 0];
  const output = tensors.find(({ name }) => name === 'output.weight');
  const embedding = tensors.find(({ name }) => name === 'token_embd.weight');
  const isRepacked = embedding !== undefined && repackedTypes.has(embedding.type);
  return possible(file, {
    architecture,
    fileSize,
    trainedContextSize: metadata.own('context_length') ?? 2048,
    blocks,
    width,
    feedForward: metadata.widest('feed_forward_length') ?? 0,
    heads: metadata.widest('attention.head_count') ?? 0,
    vocabulary: embedding?.dimensions[1] ?? metadata.texts('tokenizer.ggml.tokens') ?? 1,
    weights: sumOf(tensors, () => 1),
    embeddingCopy: !output && isRepacked ? (embedding.bytes ?? 0) : 0,
    activeWeights: sumOf(tensors, (tensor) => {
      if (tensor === embedding) return output ? 0 : 1;
      return /_exps\.(weight|bias)$/.test(tensor.name) && all > 0 ? used / all : 1;
    }),
    attention: attentionBlocks(memories),
    ...(recurrent && { recurrent }),
    ...(all > 0 &&
      used > 0 && {
        experts: { all, used, feedForward: metadata.widest('expert_feed_forward_length') ?? 0 },
      }),
    ...(pooling && { pooling }),
    hasChatTemplate: metadata.has('tokenizer.chat_template'),
    hasInfillTokens: infillTokens.every(
      (keys, at) =>
        keys.some((key) => metadata.has(`tokenizer.ggml.${key}`)) ||
        metadata.hasGapMark('tokenizer.ggml.tokens', gapMarks[at] ?? []),
    ),
  });
}

function memoriesOf(file: string, read: () => BlockMemory[]): BlockMemory[] {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
    throw failure('MODEL_NOT_GGUF', { file, reason: error.message }, { cause: error });
  }
}

/** Numbers from a file may be anything: none, negative, fractions or infinite. @throws MODEL_NOT_GGUF */
function possible(file: string, facts: ModelFacts): ModelFacts {
  const parsed = ModelFacts.safeParse(facts);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues[0]?.path.join('.');
  const reason = `its metadata are those of no model (${wrong})`;
  throw failure('MODEL_NOT_GGUF', { file, reason }, { cause: parsed.error });
}

/** By `enum llama_pooling_type` (include/llama.h); 0 is none. */
const poolings = [undefined, 'mean', 'cls', 'last'] as const;

/** Either name serves, the older one too (`LLM_KV_TOKENIZER_FIM_*`, llama-arch.cpp). */
const infillTokens = [
  ['fim_pre_token_id', 'prefix_token_id'],
  ['fim_suf_token_id', 'suffix_token_id'],
  ['fim_mid_token_id', 'middle_token_id'],
];

function sumOf(tensors: readonly TensorEntry[], share: (tensor: TensorEntry) => number): number {
  return Math.round(tensors.reduce((sum, tensor) => sum + (tensor.bytes ?? 0) * share(tensor), 0));
}

function attentionBlocks(memories: readonly BlockMemory[]): ModelFacts['attention'] {
  const kinds = new Map<string, ModelFacts['attention'][number]>();
  for (const { attention } of memories) {
    if (!attention) continue;
    const kind = JSON.stringify(attention);
    kinds.set(kind, { blocks: (kinds.get(kind)?.blocks ?? 0) + 1, ...attention });
  }
  return [...kinds.values()];
}

function recurrentBlocks(memories: readonly BlockMemory[]): ModelFacts['recurrent'] {
  const states = memories.flatMap(({ state }) => (state === undefined ? [] : [state]));
  if (states.length === 0) return undefined;
  const channels = Math.max(...memories.map(({ channels = 0 }) => channels));
  return { blocks: states.length, state: Math.max(...states), channels };
}
