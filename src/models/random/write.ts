import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { alignedSize, ggufHead, tensorSize, tensorTypes } from '../gguf/writer.ts';
import { smokeVocabulary } from '../smoke/vocabulary.ts';
import { constantPattern, randomPattern } from './blocks.ts';
import { shapeMetadata } from './metadata.ts';
import { type Shape, type ShapeName, shapes } from './shapes.ts';
import { type RandomTensor, shapeTensors } from './tensors.ts';

/** Different, or an embedding and an output of one type would be equal, and each token would repeat itself. */
const seeds = { random: 0x5eed, output: 0x0e9170 } as const;

/** Patterns by what they hold; a model has about a dozen. */
class Patterns {
  readonly #made = new Map<string, Buffer>();

  #once(key: string, make: () => Buffer): Buffer {
    const made = this.#made.get(key) ?? make();
    this.#made.set(key, made);
    return made;
  }

  random({ type, content }: RandomTensor, deviation: number): Buffer {
    const seed = content.kind === 'output' ? seeds.output : seeds.random;
    return this.#once(`${type} ${deviation} ${seed}`, () => randomPattern(type, deviation, seed));
  }

  constant(value: number): Buffer {
    return this.#once(`constant ${value}`, () => constantPattern(value));
  }
}

/** `size` bytes of a pattern that repeats, from byte `start` on. */
function* repeated(pattern: Buffer, start: number, size: number): Generator<Buffer> {
  let from = start % pattern.length;
  for (let left = size; left > 0; from = 0) {
    const chunk = pattern.subarray(from, Math.min(pattern.length, from + left));
    yield chunk;
    left -= chunk.length;
  }
}

/** Whether a token is printable ASCII: the model says no other, the end tokens among them. */
function isSpoken(token: number): boolean {
  const { ordinaryCount, bytes } = smokeVocabulary;
  return token < ordinaryCount && bytes(token).every((byte) => byte >= 0x20 && byte < 0x7f);
}

/** The rows of a matrix with one row per token, those of tokens that are not to be said being zeros. */
function* outputRows(tensor: RandomTensor, spoken: Buffer, silent: Buffer): Generator<Buffer> {
  const rows = smokeVocabulary.tokens.length;
  const rowSize = tensorSize({ ...tensor, dimensions: tensor.dimensions.slice(0, 1) });
  for (let token = 0; token < rows; token++) {
    yield* repeated(isSpoken(token) ? spoken : silent, token * rowSize, rowSize);
  }
  yield* repeated(silent, rows * rowSize, tensorSize(tensor) - rows * rowSize);
}

function tensorData(tensor: RandomTensor, index: number, patterns: Patterns): Generator<Buffer> {
  const { content, type } = tensor;
  switch (content.kind) {
    case 'constant':
      return repeated(patterns.constant(content.value), 0, tensorSize(tensor));
    case 'random': {
      const pattern = patterns.random(tensor, content.deviation);
      // Anywhere else for each tensor, so that no two blocks of the model have equal weights.
      return repeated(pattern, index * 521 * tensorTypes[type].bytes, tensorSize(tensor));
    }
    case 'output':
      return outputRows(tensor, patterns.random(tensor, content.deviation), patterns.random(tensor, 0));
  }
}

function* fileBytes(shape: Shape): Generator<Uint8Array> {
  const tensors = shapeTensors(shape);
  yield ggufHead(shapeMetadata(shape), tensors);
  const patterns = new Patterns();
  for (const [index, tensor] of tensors.entries()) {
    yield* tensorData(tensor, index, patterns);
    const size = tensorSize(tensor);
    if (alignedSize(size) > size) yield Buffer.alloc(alignedSize(size) - size);
  }
}

/** Bytes of the file that `writeRandomModel` writes. */
export function shapeSize(name: ShapeName): number {
  const shape: Shape = shapes[name];
  const tensors = shapeTensors(shape);
  const data = tensors.reduce((sum, tensor) => sum + alignedSize(tensorSize(tensor)), 0);
  return ggufHead(shapeMetadata(shape), tensors).length + data;
}

/**
 * Writes a model of random weights to `path`, always the same bytes for the same shape, a mebibyte or so at a
 * time. It says printable ASCII gibberish and practically never ends by itself: limit its tokens. Readers see the
 * whole file or none.
 *
 * @throws the error of the file system (ENOSPC among them); AbortError when `signal` aborts. No file is left then.
 */
export async function writeRandomModel(path: string, shape: ShapeName, signal?: AbortSignal): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  try {
    const file = createWriteStream(temporary, { mode: 0o644 });
    await pipeline(fileBytes(shapes[shape]), file, { ...(signal ? { signal } : {}) });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
