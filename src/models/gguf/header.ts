import { closeSync, openSync } from 'node:fs';
import { failure } from '../../errors/catalogue.ts';
import { Damaged, EndOfFile, FileReader } from './file-reader.ts';
import { type MetadataValue, readValue } from './metadata.ts';
import { tensorBlocks } from './tensor-types.ts';

/** One row of the file's table of tensors. */
export interface TensorEntry {
  readonly name: string;
  /** Elements per dimension, the fastest-varying first. */
  readonly dimensions: readonly number[];
  /** Number of its type in `enum ggml_type`. */
  readonly type: number;
  /** Undefined where the type is newer than the table of types here. */
  readonly bytes: number | undefined;
}

/** What the first bytes of a GGUF file say. */
export interface GgufHeader {
  /** 2 or 3; the engine reads no other. */
  readonly version: number;
  readonly metadata: ReadonlyMap<string, MetadataValue>;
  readonly tensors: readonly TensorEntry[];
  /** Bytes the file must at least have to hold every tensor of its table. */
  readonly requiredSize: number;
  /** Bytes that it has. */
  readonly fileSize: number;
}

/** Far more than any model has: what claims more would cost the reader its memory. */
const mostTensors = 65_536;
const mostMetadata = 4096;

/** A number of things to come. @throws Damaged */
function readCount(reader: FileReader, most: number, things: string): number {
  const count = reader.uint64();
  if (count > most) throw new Damaged(`it claims to have ${count} ${things}`);
  return count;
}

function readString(reader: FileReader): string {
  const length = reader.uint64();
  if (length > 65535) throw new Damaged(`it has a name of ${length} bytes`);
  return reader.text(length);
}

interface PlacedTensor extends TensorEntry {
  /** Bytes from the start of the data section. */
  readonly offset: number;
}

function readTensor(reader: FileReader): PlacedTensor {
  const name = readString(reader);
  const dimensionCount = reader.uint32();
  if (dimensionCount > 4) throw new Damaged(`its tensor ${name} has ${dimensionCount} dimensions`);
  const dimensions = Array.from({ length: dimensionCount }, () => reader.uint64());
  const type = reader.uint32();
  const block = tensorBlocks[type];
  const elements = dimensions.reduce((product, size) => product * size, 1);
  const bytes = block && (elements / block[0]) * block[1];
  return { name, dimensions, type, bytes, offset: reader.uint64() };
}

/** Bytes; a power of two, as gguf.cpp of llama.cpp demands. @throws Damaged */
function alignmentOf(metadata: GgufHeader['metadata']): number {
  const alignment = metadata.get('general.alignment') ?? 32;
  const isPower = typeof alignment === 'number' && Number.isInteger(Math.log2(alignment));
  if (isPower && alignment >= 1 && alignment < 2 ** 32) return alignment;
  throw new Damaged('its alignment is no power of two');
}

function readHeader(reader: FileReader): GgufHeader {
  const version = reader.uint32();
  if (version !== 2 && version !== 3)
    throw new Damaged(`it has GGUF version ${version}, the engine reads 2 and 3`);
  const tensorCount = readCount(reader, mostTensors, 'tensors');
  const metadataCount = readCount(reader, mostMetadata, 'entries of metadata');
  const metadata = new Map<string, MetadataValue>();
  for (let i = 0; i < metadataCount; i++) {
    const key = readString(reader);
    metadata.set(key, readValue(reader));
  }
  const unit = alignmentOf(metadata);
  const tensors: TensorEntry[] = [];
  let dataSize = 0;
  for (let i = 0; i < tensorCount; i++) {
    const { offset, ...tensor } = readTensor(reader);
    tensors.push(tensor);
    // A type newer than the table is the engine's to judge: its offset alone is known.
    dataSize = Math.max(dataSize, offset + (tensor.bytes ?? 0));
  }
  const dataStart = Math.ceil(reader.position / unit) * unit;
  const requiredSize = dataSize ? dataStart + dataSize : reader.position;
  return { version, metadata, tensors, requiredSize, fileSize: reader.size };
}

/**
 * Reads the header of `path` (tensor data are not touched) and checks that the file is as
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
