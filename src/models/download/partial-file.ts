import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type Hashing, hashHandle } from '../store/hash-file.ts';

/** A file that grows at its end, and the hash of what is in it. */
export class PartialFile {
  readonly #file: FileHandle;
  #hash: Hash;
  #size: number;

  private constructor(file: FileHandle, hash: Hash, size: number) {
    this.#file = file;
    this.#hash = hash;
    this.#size = size;
  }

  /** Opens what is there, or an empty file, and hashes it. */
  static async open(path: string, hashing: Hashing): Promise<PartialFile> {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
    const file = await open(path, flags, 0o644);
    // The engine, another user, reads it one day; the umask may say otherwise.
    await file.chmod(0o644);
    try {
      const { size } = await file.stat();
      return new PartialFile(file, await hashHandle(file, size, hashing), size);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Bytes that are here. */
  get size(): number {
    return this.#size;
  }

  /** SHA-256 of what is here, in lower-case hex. */
  get sha256(): string {
    return this.#hash.copy().digest('hex');
  }

  /** Also when it throws, `size` and `sha256` are those of what could be written. */
  async append(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (rest.length > 0) {
      const { bytesWritten } = await this.#file.write(rest, 0, rest.length, this.#size);
      this.#hash.update(rest.subarray(0, bytesWritten));
      this.#size += bytesWritten;
      rest = rest.subarray(bytesWritten);
    }
  }

  /** Forgets all that is here. */
  async restart(): Promise<void> {
    await this.#file.truncate(0);
    this.#hash = createHash('sha256');
    this.#size = 0;
  }

  /** Returns once the content would survive a power cut. */
  async sync(): Promise<void> {
    await this.#file.sync();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
