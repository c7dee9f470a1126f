import { fstatSync, readSync } from 'node:fs';

/** Thrown where the file ends before its header does. */
export class EndOfFile extends Error {}

/** Thrown where the header cannot be what its writer meant. */
export class Damaged extends Error {}

const windowSize = 1 << 20;

/** Bytes of a header; those of the largest vocabularies have about 20 MB. It bounds time and memory of reading one. */
const longestHeader = 64 * 2 ** 20;

/** Reads a file's header forward through a window of one mebibyte. */
export class FileReader {
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
    this.#advance(length);
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

  /** The next bytes, good until the next call; at most the window's mebibyte. */
  bytes(length: number): Buffer {
    return this.#view(length);
  }

  skip(length: number): void {
    this.#advance(length);
  }

  #advance(length: number): void {
    this.position += length;
    if (this.position > this.size) throw new EndOfFile();
    if (this.position > longestHeader) throw new Damaged(`its header has more than ${longestHeader} bytes`);
  }

  /** Leaves out control characters, since the result goes into a message. */
  text(length: number): string {
    return this.#view(length)
      .toString('latin1')
      .replace(/[^\x20-\x7e]/g, '.');
  }
}
