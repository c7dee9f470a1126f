/**
 * Writes GGUF version 3, as `ggml/include/gguf.h` of llama.cpp v0.5.0 lays it out (the header comment there is
 * the specification the engine is built from; https://github.com/ggml-org/ggml/blob/master/docs/gguf.md is its
 * prose). Only what OnePilot's generated models need: scalars, three kinds of array, and of the tensor types
 * those that llama-quantize chooses for Q4_K_M and MXFP4_MOE.
 */

export type MetadataValue =
  | { readonly kind: 'uint32'; readonly value: number }
  | { readonly kind: 'float32'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'bools'; readonly value: readonly boolean[] }
  | { readonly kind: 'int32s'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] };

interface TensorShape {
  /** At most 63 bytes (`GGML_MAX_NAME`). */
  readonly name: string;
  /** Elements per dimension, the fastest-varying first: [columns, rows] for a matrix stored row by row. */
  readonly dimensions: readonly number[];
}

/** A tensor of 32-bit floats. */
export interface Tensor extends TensorShape {
  readonly data: Float32Array;
}

/** A row of the tensor table; its data follow the head. */
export interface TensorInfo extends TensorShape {
  readonly type: TensorType;
}

/** `number` in `enum ggml_type`, then elements and bytes per block (ggml-common.h, llama.cpp v0.5.0). */
export const tensorTypes = {
  F32: { number: 0, elements: 1, bytes: 4 },
  Q5_0: { number: 6, elements: 32, bytes: 22 },
  Q8_0: { number: 8, elements: 32, bytes: 34 },
  Q4_K: { number: 12, elements: 256, bytes: 144 },
  Q6_K: { number: 14, elements: 256, bytes: 210 },
  MXFP4: { number: 39, elements: 32, bytes: 17 },
} as const;

export type TensorType = keyof typeof tensorTypes;

/** Bytes to which the data section and every tensor in it are aligned (`GGUF_DEFAULT_ALIGNMENT`). */
export const ggufAlignment = 32;

/** Numbers of `enum gguf_type`. */
const typeNumber = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 } as const;

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
    case 'bools':
      writeArrayHead(writer, 'bool', value.value.length);
      for (const element of value.value) writer.uint8(element ? 1 : 0);
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

function writeArrayHead(writer: ByteWriter, element: 'bool' | 'int32' | 'string', count: number): void {
  writer.uint32(typeNumber.array);
  writer.uint32(typeNumber[element]);
  writer.uint64(count);
}

/** Elements of a tensor of `dimensions`. */
function elementCount(dimensions: readonly number[]): number {
  return dimensions.reduce((product, size) => product * size, 1);
}

/**
 * Bytes of a tensor's data, without the padding after them.
 *
 * @throws RangeError when its rows do not fill whole blocks of its type.
 */
export function tensorSize({ name, dimensions, type }: TensorInfo): number {
  const block = tensorTypes[type];
  const columns = dimensions[0] ?? 1;
  if (columns % block.elements !== 0) {
    throw new RangeError(`${name}: rows of ${columns} are no whole blocks of ${type}`);
  }
  return (elementCount(dimensions) / block.elements) * block.bytes;
}

/** `size` and the padding after it. */
export function alignedSize(size: number): number {
  return Math.ceil(size / ggufAlignment) * ggufAlignment;
}

/**
 * The bytes of a GGUF file before its tensors' data, padding included. The data of each tensor follow in the
 * order given, each padded to `alignedSize`.
 *
 * @throws RangeError as `tensorSize`.
 */
export function ggufHead(
  metadata: Readonly<Record<string, MetadataValue>>,
  tensors: readonly TensorInfo[],
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
    writer.string(tensor.name);
    writer.uint32(tensor.dimensions.length);
    for (const size of tensor.dimensions) writer.uint64(size);
    writer.uint32(tensorTypes[tensor.type].number);
    writer.uint64(offset);
    offset += alignedSize(tensorSize(tensor));
  }
  writer.align();
  return writer.bytes();
}

/**
 * The bytes of a GGUF file of 32-bit floats. Metadata and tensors appear in the order given, so equal input
 * gives equal bytes.
 *
 * @throws RangeError when a tensor's data do not have as many elements as its dimensions say.
 */
export function writeGguf(
  metadata: Readonly<Record<string, MetadataValue>>,
  tensors: readonly Tensor[],
): Uint8Array {
  const data = new ByteWriter();
  for (const tensor of tensors) {
    const elements = elementCount(tensor.dimensions);
    if (elements !== tensor.data.length) {
      throw new RangeError(`${tensor.name}: ${tensor.data.length} elements instead of ${elements}`);
    }
    data.floats(tensor.data);
    data.align();
  }
  const head = ggufHead(
    metadata,
    tensors.map(({ name, dimensions }) => ({ name, dimensions, type: 'F32' })),
  );
  return Buffer.concat([head, data.bytes()]);
}
