import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/**
 * The text of `path`, or undefined when that is no regular file of at most `limit` bytes. Synchronous: for files in
 * memory. Links are not followed and pipes not waited for: the user who writes there must not be able to have others'
 * files shown, or the gateway stand still.
 */
export function readSmallFile(path: string, limit: number): string | undefined {
  let fd: number;
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    if (!fstatSync(fd).isFile()) return undefined;
    const buffer = Buffer.alloc(limit + 1);
    const length = readSync(fd, buffer);
    return length > limit ? undefined : buffer.toString('utf8', 0, length);
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}
