import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { failure } from '../../errors/catalogue.ts';

/** What the first bytes of a GGUF file say. */
export interface GgufHeader {
  /** 2 or 3; the engine reads no other. */
  readonly version: number;
  readonly tensorCount: number;
  readonly metadataCount: number;
  /** Bytes the file must at least have to hold every tensor of its table. */
  readonly requiredSize: number;
}

/** Thrown where the file ends before its header does. */
class EndOfFile extends Error {}

/** Thrown where the header cannot be what its writer meant. */
class Damaged extends Error {}

/** Bytes of a scalar by `enum gguf_type`; strings (8) and arrays (9) have none. */
const scalarSizes: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
const uint32Type = 4;
const stringType = 8;
const arrayType = 9;

/** [elements, bytes] per block by `enum ggml_type` (type_traits in ggml.c and ggml-common.h, llama.cpp v0.5.0). */
const tensorBlocks: Readonly<Record<number, readonly [elements: number, bytes: number]>> = {
  0: [1, 4], // F32
  1: [1, 2], // F16
  2: [32, 18], // Q4_0
  3: [32, 20], // Q4_1
  6: [32, 22], // Q5_0
  7: [32, 24], // Q5_1
  8: [32, 34], // Q8_0
  9: [32, 36], // Q8_1
  10: [256, 84], // Q2_K
  11: [256, 110], // Q3_K
  12: [256, 144], // Q4_K
  13: [256, 176], // Q5_K
  14: [256, 210], // Q6_K
  15: [256, 292], // Q8_K
  16: [256, 66], // IQ2_XXS
  17: [256, 74], // IQ2_XS
  18: [256, 98], // IQ3_XXS
  19: [256, 50], // IQ1_S
  20: [32, 18], // IQ4_NL
  21: [256, 110], // IQ3_S
  22: [256, 82], // IQ2_S
  23: [256, 136], // IQ4_XS
  24: [1, 1], // I8
  25: [1, 2], // I16
  26: [1, 4], // I32
  27: [1, 8], // I64
  28: [1, 8], // F64
  29: [256, 56], // IQ1_M
  30: [1, 2], // BF16
  34: [256, 54], // TQ1_0
  35: [256, 66], // TQ2_0
  39: [32, 17], // MXFP4
  40: [64, 36], // NVFP4
  41: [128, 18], // Q1_0
  42: [64, 18], // Q2_0
};

const windowSize = 1 << 20;

/** Reads a file forward through a window of one mebibyte. */
class FileReader {
  readonly #descriptor: number;
  readonly #window = Buffer.alloc(windowSize);
  readonly size: number;
  #windowStart = 0;
  #windowLength = 0;
  position = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
    this.size = fstatSync(descriptor).size;
  }

  #view(length: number): Buffer {
    let start = this.position - this.#windowStart;
    if (start < 0 || start + length > this.#windowLength) {
      this.#windowLength = readSync(this.#descriptor, this.#window, 0, windowSize, this.position);
      this.#windowStart = this.position;
      start = 0;
      if (this.#windowLength < length) throw new EndOfFile();
    }
    this.position += length;
    return this.#window.subarray(start, start + length);
  }

  uint32(): number {
    return this.#view(4).readUInt32LE(0);
  }

  /** @throws Damaged for a number no file could mean (2^53 or more). */
  uint64(): number {
    const value = this.#view(8).readBigUInt64LE(0);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Damaged(`it claims a size or count of ${value}`);
    return Number(value);
  }

  skip(length: number): void {
    this.position += length;
    if (this.position > this.size) throw new EndOfFile();
  }

  /** Leaves out control characters, since the result goes into a message. */
  text(length: number): string {
    return this.#view(length)
      .toString('latin1')
      .replace(/[^\x20-\x7e]/g, '.');
  }
}

/** Moves past one metadata value and returns it if it is a uint32. */
function passValue(reader: FileReader): number | undefined {
  const type = reader.uint32();
  if (type === uint32Type) return reader.uint32();
  if (type === stringType) {
    reader.skip(reader.uint64());
    return undefined;
  }
  const isArray = type === arrayType;
  const elementType = isArray ? reader.uint32() : type;
  const count = isArray ? reader.uint64() : 1;
  const size = scalarSizes[elementType];
  if (size !== undefined) reader.skip(size * count);
  else if (elementType === stringType) for (let i = 0; i < count; i++) reader.skip(reader.uint64());
  else throw new Damaged(`it has metadata of type ${elementType}`);
  return undefined;
}

function readString(reader: FileReader): string {
  const length = reader.uint64();
  if (length > 65535) throw new Damaged(`it has a name of ${length} bytes`);
  return reader.text(length);
}

/** Bytes from the start of the data section to the end of one tensor. */
function readTensorEnd(reader: FileReader): number {
  const name = readString(reader);
  const dimensionCount = reader.uint32();
  if (dimensionCount > 4) throw new Damaged(`its tensor ${name} has ${dimensionCount} dimensions`);
  let elements = 1;
  for (let i = 0; i < dimensionCount; i++) elements *= reader.uint64();
  const block = tensorBlocks[reader.uint32()];
  const offset = reader.uint64();
  // A type newer than the table is the engine's to judge: its offset alone is known.
  return block ? offset + (elements / block[0]) * block[1] : offset;
}

function readHeader(reader: FileReader): GgufHeader {
  const version = reader.uint32();
  if (version !== 2 && version !== 3)
    throw new Damaged(`it has GGUF version ${version}, the engine reads 2 and 3`);
  const tensorCount = reader.uint64();
  const metadataCount = reader.uint64();
  let alignment = 32;
  for (let i = 0; i < metadataCount; i++) {
    const key = readString(reader);
    const value = passValue(reader);
    if (key === 'general.alignment' && value) alignment = value;
  }
  let dataSize = 0;
  for (let i = 0; i < tensorCount; i++) dataSize = Math.max(dataSize, readTensorEnd(reader));
  const dataStart = Math.ceil(reader.position / alignment) * alignment;
  return {
    version,
    tensorCount,
    metadataCount,
    requiredSize: dataSize ? dataStart + dataSize : reader.position,
  };
}

/**
 * Reads the header of `path` (metadata are skipped, tensor data not touched) and checks that the file is as
 * large as its tensor table needs. A file that passes can still hold wrong weights: its SHA-256 tells that.
 *
 * @throws OnePilotError MODEL_NOT_GGUF, MODEL_TRUNCATED; what `open` throws when there is no such file.
 */
export function checkGguf(path: string): GgufHeader {
  const descriptor = openSync(path, 'r');
  try {
    const reader = new FileReader(descriptor);
    try {
      const magic = reader.text(Math.min(4, reader.size));
      if (magic !== 'GGUF') throw new Damaged(reader.size ? `it begins with "${magic}"` : 'it is empty');
      const header = readHeader(reader);
      if (reader.size < header.requiredSize) {
        throw failure('MODEL_TRUNCATED', { file: path, size: reader.size, need: header.requiredSize });
      }
      return header;
    } catch (error) {
      if (error instanceof Damaged) {
        throw failure('MODEL_NOT_GGUF', { file: path, reason: error.message }, { cause: error });
      }
      if (error instanceof EndOfFile) {
        throw failure(
          'MODEL_TRUNCATED',
          { file: path, size: reader.size, need: reader.size + 1 },
          { cause: error },
        );
      }
      throw error;
    }
  } finally {
    closeSync(descriptor);
  }
}
