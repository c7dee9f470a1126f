import { Damaged, type FileReader } from './file-reader.ts';
import { gapMarks } from './gap-marks.ts';

/** A value of the file's metadata, as far as it is kept: of an array of texts, how many there are and which mark gaps. */
export type MetadataValue =
  | number
  | boolean
  | string
  | readonly (number | boolean)[]
  | { readonly texts: number; readonly gapMarks: ReadonlySet<string> };

/** Bytes of a scalar and how it is read, by `enum gguf_type` (ggml/include/gguf.h); texts (8) and arrays (9) have none. */
const scalars: Readonly<Record<number, readonly [bytes: number, read: (bytes: Buffer) => number | boolean]>> =
  {
    0: [1, (bytes) => bytes.readUInt8(0)],
    1: [1, (bytes) => bytes.readInt8(0)],
    2: [2, (bytes) => bytes.readUInt16LE(0)],
    3: [2, (bytes) => bytes.readInt16LE(0)],
    4: [4, (bytes) => bytes.readUInt32LE(0)],
    5: [4, (bytes) => bytes.readInt32LE(0)],
    6: [4, (bytes) => bytes.readFloatLE(0)],
    7: [1, (bytes) => bytes.readUInt8(0) !== 0],
    10: [8, (bytes) => Number(bytes.readBigUInt64LE(0))],
    11: [8, (bytes) => Number(bytes.readBigInt64LE(0))],
    12: [8, (bytes) => bytes.readDoubleLE(0)],
  };
const textType = 8;
const arrayType = 9;

/** A block's number for each of them is worth keeping; scores and types of a whole vocabulary are not. */
const longestKeptArray = 1024;

/** Bytes of a text that is kept whole: names and the like, not templates. */
const longestKeptText = 256;

/** First bytes of the tokens for filling in the middle: `<`, and `▁` in UTF-8. */
const lessThan = 0x3c;
const lowerBlock = 0xe2;

const allGapMarks = new Set(gapMarks.flat());
const longestGapMark = Math.max(...[...allGapMarks].map((mark) => Buffer.byteLength(mark)));

/** The next value; a long text is kept as far as its beginning, a long array of numbers as nothing. */
export function readValue(reader: FileReader): MetadataValue {
  const type = reader.uint32();
  if (type === textType) return readText(reader);
  if (type !== arrayType) return readScalar(reader, type);
  const element = reader.uint32();
  const count = reader.uint64();
  if (element === textType) {
    const found = new Set<string>();
    for (let i = 0; i < count; i++) {
      const mark = readGapMark(reader);
      if (mark !== undefined) found.add(mark);
    }
    return { texts: count, gapMarks: found };
  }
  const [size] = scalarOf(element);
  if (count > longestKeptArray) {
    reader.skip(size * count);
    return [];
  }
  return Array.from({ length: count }, () => readScalar(reader, element));
}

/** The next text if it is one of the few tokens for filling in the middle; whatever else it is, it is passed over. */
function readGapMark(reader: FileReader): string | undefined {
  const length = reader.uint64();
  if (length > longestGapMark) {
    reader.skip(length);
    return undefined;
  }
  const bytes = reader.bytes(length);
  // Decoding a whole vocabulary would take longer than all the rest.
  if (bytes[0] !== lessThan && bytes[0] !== lowerBlock) return undefined;
  const text = bytes.toString('utf8');
  return allGapMarks.has(text) ? text : undefined;
}

function readText(reader: FileReader): string {
  const length = reader.uint64();
  const text = reader.bytes(Math.min(length, longestKeptText)).toString('utf8');
  reader.skip(Math.max(0, length - longestKeptText));
  return text;
}

function readScalar(reader: FileReader, type: number): number | boolean {
  const [size, read] = scalarOf(type);
  return read(reader.bytes(size));
}

function scalarOf(type: number) {
  const scalar = scalars[type];
  if (!scalar) throw new Damaged(`it has metadata of type ${type}`);
  return scalar;
}
