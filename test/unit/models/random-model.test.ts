import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readGgufFileInfo } from 'node-llama-cpp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkGguf } from '../../../src/models/gguf/header.ts';
import { tensorSize } from '../../../src/models/gguf/writer.ts';
import { tensorType } from '../../../src/models/random/quantization.ts';
import { type Shape, type ShapeName, shapes } from '../../../src/models/random/shapes.ts';
import { shapeTensors } from '../../../src/models/random/tensors.ts';
import { shapeSize, writeRandomModel } from '../../../src/models/random/write.ts';
import { smokeVocabulary } from '../../../src/models/smoke/vocabulary.ts';

const smallest: ShapeName = 'hybrid-experts-small';

const { id, ordinaryCount } = smokeVocabulary;

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'onepilot-random-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

describe('shapeSize', () => {
  // Published sizes (reference/peers.md, section 4); their real tokenizers are a few megabytes larger.
  it.each([
    ['dense-1.5b', 0.986e9],
    ['dense-4b', 2.5e9],
    ['experts-12b', 8.1e9],
    ['window-20b', 12.1e9],
    ['experts-30b', 18.6e9],
  ] as const)('of %s is the size of the model it imitates', (name, published) => {
    expect(Math.abs(shapeSize(name) / published - 1)).toBeLessThan(0.01);
  });
});

describe('shapeTensors', () => {
  it.each(Object.entries(shapes))('of %s names every tensor once', (_, shape) => {
    const names = shapeTensors(shape).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('gives every fourth block of a hybrid keys and values, and the others a state', () => {
    const names = shapeTensors(shapes['hybrid-35b']).map(({ name }) => name);
    const blocks = (suffix: string) =>
      names.filter((name) => name.endsWith(suffix)).map((name) => Number(name.split('.')[1]));
    expect(blocks('.attn_k.weight')).toEqual([3, 7, 11, 15, 19, 23, 27, 31, 35, 39]);
    expect(blocks('.ssm_out.weight')).toHaveLength(30);
  });

  it('refuses a shape without any feed-forward part', () => {
    const shape: Shape = { ...shapes['dense-small'] };
    expect(() => shapeTensors({ ...shape, feedForward: 1000 })).not.toThrow();
    const { feedForward: _, ...without } = shape;
    expect(() => shapeTensors(without)).toThrow(RangeError);
  });
});

describe('tensorType', () => {
  const dense: Shape = shapes['dense-1.5b'];
  it.each([
    ['token_embd.weight', 'Q6_K'],
    ['blk.0.attn_v.weight', 'Q6_K'],
    ['blk.4.attn_v.weight', 'Q4_K'],
    ['blk.5.ffn_down.weight', 'Q6_K'],
    ['blk.5.ffn_up.weight', 'Q4_K'],
    ['blk.27.ffn_down.weight', 'Q6_K'],
  ])('of %s in Q4_K_M is %s', (name, type) => {
    expect(tensorType(dense, name, [1536, 1536])).toBe(type);
  });

  it.each([
    ['blk.3.ffn_down_exps.weight', 'Q5_0'],
    ['blk.5.ffn_down_exps.weight', 'Q8_0'],
  ])('of %s is a smaller block where rows are no multiple of 256', (name, type) => {
    expect(tensorType(shapes['experts-12b'], name, [896, 2304, 64])).toBe(type);
  });
});

describe('writeRandomModel', () => {
  it('writes as many bytes as shapeSize says and as the header needs, the same each time', async () => {
    const [first, second] = [join(directory, 'first.gguf'), join(directory, 'second.gguf')];
    await writeRandomModel(first, smallest);
    await writeRandomModel(second, smallest);
    expect((await stat(first)).size).toBe(shapeSize(smallest));
    expect(checkGguf(first).requiredSize).toBe(shapeSize(smallest));
    expect(await sha256(second)).toBe(await sha256(first));
  });

  it.each([
    ['an ordinary word', id('read'), true],
    ['a line break', id('Ċ'), false],
    ['the end of a chat', id('<|im_end|>'), false],
    ['an answer of the smoke model', ordinaryCount + 20, false],
    ['the last token', shapes[smallest].vocabulary - 1, false],
  ])('lets the model say %s (token %i): %s', async (_, token, isSaid) => {
    const path = join(directory, 'model.gguf');
    await writeRandomModel(path, smallest);
    const { fullTensorInfo, totalMetadataSize, totalTensorInfoSize } = await readGgufFileInfo(path);
    const output = fullTensorInfo?.find(({ name }) => name === 'output.weight');
    const { width } = shapes[smallest];
    const rowSize = tensorSize({ name: 'row', dimensions: [width], type: 'Q6_K' });
    const headSize = Math.ceil((totalMetadataSize + (totalTensorInfoSize ?? 0)) / 32) * 32;
    const row = Buffer.alloc(rowSize);
    await using file = await open(path);
    await file.read(row, 0, rowSize, headSize + Number(output?.offset) + token * rowSize);
    // A block of Q6_K ends with its scale.
    const scales = Array.from({ length: width / 256 }, (__, block) => row.readUInt16LE(block * 210 + 208));
    expect(scales.map((scale) => scale > 0)).toEqual(scales.map(() => isSaid));
  });

  it('leaves what was there, and nothing else, when it is aborted on the way', async () => {
    const path = join(directory, 'model.gguf');
    await writeFile(path, 'before');
    const controller = new AbortController();
    const writing = writeRandomModel(path, smallest, controller.signal);
    while ((await readdir(directory)).length < 2) await new Promise(setImmediate);
    controller.abort();
    await expect(writing).rejects.toThrow(/abort/);
    expect(await readdir(directory)).toEqual(['model.gguf']);
    expect(await readFile(path, 'utf8')).toBe('before');
  });
});
