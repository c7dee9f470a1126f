/**
 * Writes GGUF version 3, as `ggml/include/gguf.h` of llama.cpp v0.5.0 lays it out (the header comment there is
 * the specification the engine is built from; https://github.com/ggml-org/ggml/blob/master/docs/gguf.md is its
 * prose). Only what OnePilot's generated models need: scalars, two kinds of array, 32-bit float tensors.
 */

export type MetadataValue =
  | { readonly kind: 'uint32'; readonly value: number }
  | { readonly kind: 'float32'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'int32s'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] };

export interface Tensor {
  /** At most 63 bytes (`GGML_MAX_NAME`). */
  readonly name: string;
  /** Elements per dimension, the fastest-varying first: [columns, rows] for a matrix stored row by row. */
  readonly dimensions: readonly number[];
  readonly data: Float32Array;
}

/** Bytes to which the data section and every tensor in it are aligned (`GGUF_DEFAULT_ALIGNMENT`). */
export const ggufAlignment = 32;

/** Numbers of `enum gguf_type`. */
const typeNumber = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 } as const;

/** Number of `GGML_TYPE_F32` in `enum ggml_type`. */
const tensorTypeFloat32 = 0;

/** A growing little-endian byte string. */
class ByteWriter {
  #buffer = Buffer.alloc(1 << 16);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Makes room for `size` more bytes and returns where they begin. */
  #take(size: number): number {
    const start = this.#length;
    if (start + size > this.#buffer.length) {
      const larger = Buffer.alloc(Math.max(this.#buffer.length * 2, start + size));
      this.#buffer.copy(larger, 0, 0, start);
      this.#buffer = larger;
    }
    this.#length = start + size;
    return start;
  }

  uint8(value: number): void {
    const at = this.#take(1);
    this.#buffer.writeUInt8(value, at);
  }

  uint32(value: number): void {
    const at = this.#take(4);
    this.#buffer.writeUInt32LE(value, at);
  }

  int32(value: number): void {
    const at = this.#take(4);
    this.#buffer.writeInt32LE(value, at);
  }

  uint64(value: number): void {
    const at = this.#take(8);
    this.#buffer.writeBigUInt64LE(BigInt(value), at);
  }

  float32(value: number): void {
    const at = this.#take(4);
    this.#buffer.writeFloatLE(value, at);
  }

  string(value: string): void {
    const size = Buffer.byteLength(value);
    this.uint64(size);
    const at = this.#take(size);
    this.#buffer.write(value, at, 'utf8');
  }

  floats(values: Float32Array): void {
    let at = this.#take(values.length * 4);
    for (const value of values) at = this.#buffer.writeFloatLE(value, at);
  }

  align(): void {
    this.#take((ggufAlignment - (this.#length % ggufAlignment)) % ggufAlignment);
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }
}

function writeValue(writer: ByteWriter, value: MetadataValue): void {
  switch (value.kind) {
    case 'uint32':
    case 'float32':
    case 'string':
      writer.uint32(typeNumber[value.kind]);
      if (value.kind === 'string') writer.string(value.value);
      else writer[value.kind](value.value);
      break;
    case 'bool':
      writer.uint32(typeNumber.bool);
      writer.uint8(value.value ? 1 : 0);
      break;
    case 'int32s':
      writeArrayHead(writer, 'int32', value.value.length);
      for (const element of value.value) writer.int32(element);
      break;
    case 'strings':
      writeArrayHead(writer, 'string', value.value.length);
      for (const element of value.value) writer.string(element);
      break;
  }
}

function writeArrayHead(writer: ByteWriter, element: 'int32' | 'string', count: number): void {
  writer.uint32(typeNumber.array);
  writer.uint32(typeNumber[element]);
  writer.uint64(count);
}

function alignedSize(tensor: Tensor): number {
  return Math.ceil(tensor.data.byteLength / ggufAlignment) * ggufAlignment;
}

/**
 * The bytes of a GGUF file. Metadata and tensors appear in the order given, so equal input gives equal bytes.
 *
 * @throws RangeError when a tensor's data do not have as many elements as its dimensions say.
 */
export function writeGguf(
  metadata: Readonly<Record<string, MetadataValue>>,
  tensors: readonly Tensor[],
): Uint8Array {
  const writer = new ByteWriter();
  const entries = Object.entries(metadata);
  for (const byte of Buffer.from('GGUF')) writer.uint8(byte);
  writer.uint32(3);
  writer.uint64(tensors.length);
  writer.uint64(entries.length);
  for (const [key, value] of entries) {
    writer.string(key);
    writeValue(writer, value);
  }
  let offset = 0;
  for (const tensor of tensors) {
    const elements = tensor.dimensions.reduce((product, size) => product * size, 1);
    if (elements !== tensor.data.length) {
      throw new RangeError(`${tensor.name}: ${tensor.data.length} elements instead of ${elements}`);
    }
    writer.string(tensor.name);
    writer.uint32(tensor.dimensions.length);
    for (const size of tensor.dimensions) writer.uint64(size);
    writer.uint32(tensorTypeFloat32);
    writer.uint64(offset);
    offset += alignedSize(tensor);
  }
  writer.align();
  for (const tensor of tensors) {
    writer.floats(tensor.data);
    writer.align();
  }
  return writer.bytes();
}
