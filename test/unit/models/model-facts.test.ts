import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGgufFileInfo } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelFacts } from '../../../src/models/facts.ts';
import type { GgufHeader, TensorEntry } from '../../../src/models/gguf/header.ts';
import type { MetadataValue } from '../../../src/models/gguf/metadata.ts';
import { factsOf, readModelFacts } from '../../../src/models/gguf/read-facts.ts';
import { writeGguf } from '../../../src/models/gguf/writer.ts';
import { generateSmokeModels, type SmokeModels } from '../../../src/models/smoke/write.ts';

let directory = '';
let models: SmokeModels;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'onepilot-facts-'));
  models = await generateSmokeModels(directory);
});
afterAll(() => rmSync(directory, { recursive: true }));

const mebibyte = 2 ** 20;

function tensor(name: string, bytes: number, type = 12, dimensions = [1024, 8000]): TensorEntry {
  return { name, bytes, type, dimensions };
}

/** A header as a file would have it, with the tensors that tell blocks with attention from others. */
function header(
  architecture: string,
  own: Readonly<Record<string, MetadataValue>>,
  tensors: readonly TensorEntry[],
): GgufHeader {
  const metadata = new Map<string, MetadataValue>([['general.architecture', architecture]]);
  for (const [key, value] of Object.entries(own)) {
    metadata.set(/^(general|tokenizer|split)\./.test(key) ? key : `${architecture}.${key}`, value);
  }
  return { version: 3, metadata, tensors, requiredSize: 1, fileSize: 1 };
}

const attentive = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => tensor(`blk.${from + index}.attn_k.weight`, mebibyte));

describe('the facts of a model', () => {
  it('are what node-llama-cpp reads from the same file', async () => {
    const facts = readModelFacts(models.random);
    expect(ModelFacts.parse(facts)).toEqual(facts);
    const { metadata, fullTensorInfo = [], totalTensorCount } = await readGgufFileInfo(models.random);
    const theirs = Object(metadata.qwen2);
    expect(facts).toMatchObject({
      architecture: metadata.general.architecture,
      blocks: theirs.block_count,
      width: theirs.embedding_length,
      heads: theirs.attention.head_count,
      trainedContextSize: theirs.context_length,
      hasChatTemplate: true,
      hasInfillTokens: true,
    });
    expect(fullTensorInfo).toHaveLength(Number(totalTensorCount));
    const elements = fullTensorInfo.map(({ dimensions }) =>
      dimensions.reduce<number>((product, size) => product * Number(size), 1),
    );
    expect(facts.weights).toBe(elements.reduce((sum, count) => sum + 4 * count, 0));
  });

  it.each([
    [true, ['a', '<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>']],
    [true, ['<｜fim▁begin｜>', '<｜fim▁hole｜>', '<｜fim▁end｜>', '<unk>']],
    [false, ['<|fim_prefix|>', '<|fim_suffix|>', '▁', '<|im_start|>']],
  ])('know by its tokens whether it fills gaps (%s), where no metadata say so', (expected, tokens) => {
    const path = join(directory, 'tokens.gguf');
    const bytes = writeGguf(
      {
        'general.architecture': { kind: 'string', value: 'qwen2' },
        'qwen2.block_count': { kind: 'uint32', value: 1 },
        'qwen2.embedding_length': { kind: 'uint32', value: 32 },
        'tokenizer.ggml.tokens': { kind: 'strings', value: tokens },
      },
      [{ name: 'token_embd.weight', dimensions: [32, 4], data: new Float32Array(128) }],
    );
    writeFileSync(path, bytes);
    expect(readModelFacts(path).hasInfillTokens).toBe(expected);
  });

  it('leave out the embedding from what is multiplied for each token, unless it is the output too', () => {
    const both = [tensor('token_embd.weight', 100), tensor('output.weight', 100), ...attentive(1)];
    const own = { block_count: 1, embedding_length: 1024 };
    expect(factsOf(header('llama', own, both), 'x').activeWeights).toBe(100 + mebibyte);
    const tied = [tensor('token_embd.weight', 100), ...attentive(1)];
    expect(factsOf(header('llama', own, tied), 'x').activeWeights).toBe(100 + mebibyte);
  });

  it.each([
    ['Q4_K, which is repacked', 12, 100],
    ['Q6_K, which is not', 14, 0],
  ])('know of the second copy of an embedding in %s', (_, type, copy) => {
    const tensors = [tensor('token_embd.weight', 100, type), ...attentive(1)];
    expect(factsOf(header('llama', { block_count: 1, embedding_length: 1024 }, tensors), 'x')).toMatchObject({
      embeddingCopy: copy,
      vocabulary: 8000,
    });
  });

  it('count of the experts those that work for one token', () => {
    const tensors = [...attentive(1), tensor('blk.0.ffn_up_exps.weight', 800)];
    const own = { block_count: 1, embedding_length: 64, expert_count: 8, expert_used_count: 2 };
    const facts = factsOf(header('qwen3moe', { ...own, expert_feed_forward_length: 32 }, tensors), 'x');
    expect(facts.activeWeights).toBe(mebibyte + 200);
    expect(facts.experts).toEqual({ all: 8, used: 2, feedForward: 32 });
  });

  it('tell blocks with attention from recurrent ones', () => {
    const linear = [0, 1, 2].flatMap((index) => [
      tensor(`blk.${index}.attn_qkv.weight`, 1),
      tensor(`blk.${index}.ssm_out.weight`, 1),
    ]);
    const own = {
      block_count: 4,
      embedding_length: 2560,
      'attention.head_count': 16,
      'attention.head_count_kv': 4,
      'attention.key_length': 256,
      'attention.value_length': 256,
      'ssm.conv_kernel': 4,
      'ssm.inner_size': 4096,
      'ssm.state_size': 128,
      'ssm.group_count': 16,
    };
    const facts = factsOf(header('qwen35', own, [...linear, ...attentive(1, 3)]), 'x');
    expect(facts.attention).toEqual([{ blocks: 1, keys: 1024, values: 1024 }]);
    expect(facts.recurrent).toEqual({ blocks: 3, state: 3 * 8192 + 128 * 4096, channels: 8192 });
  });

  it('tell blocks that look back over a window only', () => {
    const own = {
      block_count: 4,
      embedding_length: 512,
      'attention.head_count': 8,
      'attention.head_count_kv': 2,
      'attention.sliding_window': 128,
    };
    const windowed = { blocks: 2, keys: 128, values: 128, window: 128 };
    const whole = { blocks: 2, keys: 128, values: 128 };
    expect(factsOf(header('gpt-oss', own, attentive(4)), 'x').attention).toEqual([windowed, whole]);
    const pattern = { ...own, 'attention.sliding_window_pattern': [false, true, true, true] };
    expect(factsOf(header('gpt-oss', pattern, attentive(4)), 'x').attention).toEqual([
      { blocks: 1, keys: 128, values: 128 },
      { blocks: 3, keys: 128, values: 128, window: 128 },
    ]);
    // An architecture whose pattern nobody knows may look back without limit everywhere.
    expect(factsOf(header('starcoder2', own, attentive(4)), 'x').attention).toEqual([
      { blocks: 4, keys: 128, values: 128 },
    ]);
  });

  it('refuse one part of several', () => {
    const parts = header('llama', { 'split.count': 3 }, attentive(1));
    expect(() => factsOf(parts, 'a.gguf')).toThrow(expect.objectContaining({ code: 'MODEL_IN_PARTS' }));
  });

  it('refuse what is no language model', () => {
    expect(() => factsOf(header('clip', {}, []), 'x')).toThrow(
      expect.objectContaining({ code: 'MODEL_NOT_GGUF' }),
    );
  });
});
