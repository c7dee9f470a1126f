import type { MetadataValue } from '../gguf/writer.ts';
import { smokeVocabulary, tokenizerMetadata } from '../smoke/vocabulary.ts';
import { hasFullAttention, type Shape } from './shapes.ts';

/** Numbers of `enum llama_ftype`. */
const fileTypes = { Q4_K_M: 15, MXFP4_MOE: 38 } as const;

/** Number of `LLAMA_TOKEN_TYPE_UNUSED`. */
const unusedType = 5;

const text = (value: string): MetadataValue => ({ kind: 'string', value });
const count = (value: number): MetadataValue => ({ kind: 'uint32', value });
const real = (value: number): MetadataValue => ({ kind: 'float32', value });

/** The smoke model's tokenizer with unused tokens up to the shape's vocabulary. */
function paddedTokenizer(vocabulary: number): Record<string, MetadataValue> {
  const metadata = tokenizerMetadata();
  const types = metadata['tokenizer.ggml.token_type'];
  const { tokens } = smokeVocabulary;
  if (types?.kind !== 'int32s' || vocabulary < tokens.length) {
    throw new RangeError(`a vocabulary of ${vocabulary} has no room for the tokenizer`);
  }
  const unused = Array.from({ length: vocabulary - tokens.length }, (_, index) => `<|unused_${index}|>`);
  return {
    ...metadata,
    'tokenizer.ggml.tokens': { kind: 'strings', value: [...tokens, ...unused] },
    'tokenizer.ggml.token_type': {
      kind: 'int32s',
      value: [...types.value, ...unused.map(() => unusedType)],
    },
  };
}

function expertMetadata({ experts }: Shape): Record<string, MetadataValue> {
  if (!experts) return {};
  return {
    expert_count: count(experts.count),
    expert_used_count: count(experts.used),
    expert_feed_forward_length: count(experts.feedForward),
    ...(experts.shared === undefined ? {} : { expert_shared_feed_forward_length: count(experts.shared) }),
  };
}

/** A quarter of each head turns, in the sections that Qwen3.5's text and pictures share. */
function deltaNetMetadata({
  deltaNet,
  headSize,
  fullAttentionEvery = 1,
}: Shape): Record<string, MetadataValue> {
  if (!deltaNet) return {};
  return {
    'rope.dimension_count': count(headSize / 4),
    'rope.dimension_sections': { kind: 'int32s', value: [11, 11, 10, 0] },
    'ssm.conv_kernel': count(deltaNet.convolution),
    'ssm.state_size': count(deltaNet.headSize),
    'ssm.group_count': count(deltaNet.keyHeads),
    'ssm.time_step_rank': count(deltaNet.valueHeads),
    'ssm.inner_size': count(deltaNet.valueHeads * deltaNet.headSize),
    full_attention_interval: count(fullAttentionEvery),
  };
}

function windowMetadata(shape: Shape): Record<string, MetadataValue> {
  if (shape.window === undefined) return {};
  const pattern = Array.from({ length: shape.blocks }, (_, block) => !hasFullAttention(shape, block));
  return {
    'attention.sliding_window': count(shape.window),
    'attention.sliding_window_pattern': { kind: 'bools', value: pattern },
  };
}

function yarnMetadata({ yarn }: Shape): Record<string, MetadataValue> {
  if (!yarn) return {};
  return {
    'rope.scaling.type': text('yarn'),
    'rope.scaling.factor': real(yarn.factor),
    'rope.scaling.original_context_length': count(yarn.originalContextSize),
  };
}

/** Every key that `load_arch_hparams` of the shape's architecture wants (llama.cpp v0.5.0, src/models/). */
export function shapeMetadata(shape: Shape): Record<string, MetadataValue> {
  const sizes: Record<string, MetadataValue> = {
    context_length: count(shape.contextSize),
    embedding_length: count(shape.width),
    block_count: count(shape.blocks),
    ...(shape.feedForward === undefined ? {} : { feed_forward_length: count(shape.feedForward) }),
    'attention.head_count': count(shape.heads),
    'attention.head_count_kv': count(shape.keyValueHeads),
    'attention.key_length': count(shape.headSize),
    'attention.value_length': count(shape.headSize),
    'attention.layer_norm_rms_epsilon': real(1e-6),
    'rope.freq_base': real(shape.ropeBase),
    ...expertMetadata(shape),
    ...deltaNetMetadata(shape),
    ...windowMetadata(shape),
    ...yarnMetadata(shape),
  };
  const prefixed = Object.entries(sizes).map(([key, value]) => [`${shape.architecture}.${key}`, value]);
  return {
    'general.architecture': text(shape.architecture),
    'general.type': text('model'),
    'general.name': text('OnePilot random weights (no copilot)'),
    'general.description': text(`Random weights in the shape of ${shape.imitates}: it says gibberish.`),
    'general.license': text('apache-2.0'),
    'general.file_type': count(fileTypes[shape.quantization]),
    'general.quantization_version': count(2),
    ...Object.fromEntries(prefixed),
    ...paddedTokenizer(shape.vocabulary),
  };
}
