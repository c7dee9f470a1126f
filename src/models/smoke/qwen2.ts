import { type MetadataValue, type Tensor, writeGguf } from '../gguf/writer.ts';
import { smokeVocabulary, tokenizerMetadata } from './vocabulary.ts';

/** Context size of both test models, in tokens: as large as that of the models an operator might choose. */
export const testContextSize = 262_144;

/** Rows of one attention head, for queries, keys and values alike: a block of the quantized cache types. */
const headSize = 32;

export interface Qwen2Shape {
  readonly name: string;
  readonly description: string;
  readonly blocks: number;
  /** A multiple of `headSize`. Keys and values have one head whatever the width, to keep the cache small. */
  readonly width: number;
  readonly feedForward: number;
}

/** Gives a tensor's elements. `columns` is how many inputs each output sums. */
export type Weights = (tensor: string, columns: number, elements: number) => Float32Array;

/**
 * A Qwen2 model file with the test vocabulary: the tensors that `src/models/qwen2.cpp` of llama.cpp v0.5.0
 * loads, among them the optional `output.bias`.
 */
export function qwen2Gguf(shape: Qwen2Shape, weights: Weights): Uint8Array {
  const { width, feedForward, blocks } = shape;
  const vocabularySize = smokeVocabulary.tokens.length;
  const text = (value: string): MetadataValue => ({ kind: 'string', value });
  const count = (value: number): MetadataValue => ({ kind: 'uint32', value });
  const metadata: Record<string, MetadataValue> = {
    'general.architecture': text('qwen2'),
    'general.type': text('model'),
    'general.name': text(shape.name),
    'general.description': text(shape.description),
    'general.license': text('apache-2.0'),
    'general.file_type': count(0),
    'qwen2.context_length': count(testContextSize),
    'qwen2.embedding_length': count(width),
    'qwen2.block_count': count(blocks),
    'qwen2.feed_forward_length': count(feedForward),
    'qwen2.attention.head_count': count(width / headSize),
    'qwen2.attention.head_count_kv': count(1),
    'qwen2.attention.layer_norm_rms_epsilon': { kind: 'float32', value: 1e-6 },
    'qwen2.rope.freq_base': { kind: 'float32', value: 1e6 },
    ...tokenizerMetadata(),
  };

  const matrix = (name: string, columns: number, rows: number): Tensor => ({
    name,
    dimensions: [columns, rows],
    data: weights(name, columns, columns * rows),
  });
  const vector = (name: string, elements: number): Tensor => ({
    name,
    dimensions: [elements],
    data: weights(name, 1, elements),
  });
  const tensors = [
    matrix('token_embd.weight', width, vocabularySize),
    vector('output_norm.weight', width),
    matrix('output.weight', width, vocabularySize),
    vector('output.bias', vocabularySize),
  ];
  for (let block = 0; block < blocks; block++) {
    tensors.push(
      vector(`blk.${block}.attn_norm.weight`, width),
      matrix(`blk.${block}.attn_q.weight`, width, width),
      vector(`blk.${block}.attn_q.bias`, width),
      matrix(`blk.${block}.attn_k.weight`, width, headSize),
      vector(`blk.${block}.attn_k.bias`, headSize),
      matrix(`blk.${block}.attn_v.weight`, width, headSize),
      vector(`blk.${block}.attn_v.bias`, headSize),
      matrix(`blk.${block}.attn_output.weight`, width, width),
      vector(`blk.${block}.ffn_norm.weight`, width),
      matrix(`blk.${block}.ffn_gate.weight`, width, feedForward),
      matrix(`blk.${block}.ffn_up.weight`, width, feedForward),
      matrix(`blk.${block}.ffn_down.weight`, feedForward, width),
    );
  }
  return writeGguf(metadata, tensors);
}

/** A number generator whose values are the same on every machine (xorshift32): integers below 2^32. */
export function seededIntegers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
