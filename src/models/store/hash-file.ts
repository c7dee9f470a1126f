import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';

const blockSize = 1024 * 1024;

export interface Hashing {
  readonly signal?: AbortSignal | undefined;
  /** Called after each block with the bytes done and the bytes there are. */
  readonly onProgress?: ((done: number, size: number) => void) | undefined;
}

/** SHA-256 of a file in lower-case hex. @throws what reading throws, what `signal` says when it is aborted */
export async function hashFile(path: string, hashing: Hashing = {}): Promise<string> {
  const file = await open(path, 'r');
  try {
    return (await hashHandle(file, (await file.stat()).size, hashing)).digest('hex');
  } finally {
    await file.close();
  }
}

/** The running SHA-256 of the first `size` bytes of an open file. */
export async function hashHandle(
  file: FileHandle,
  size: number,
  { signal, onProgress }: Hashing,
): Promise<Hash> {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(Math.min(blockSize, Math.max(1, size)));
  for (let done = 0; done < size; ) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(block, 0, Math.min(block.length, size - done), done);
    if (bytesRead === 0) throw new Error(`the file ended after ${done} of ${size} bytes`);
    hash.update(block.subarray(0, bytesRead));
    done += bytesRead;
    onProgress?.(done, size);
  }
  return hash;
}
