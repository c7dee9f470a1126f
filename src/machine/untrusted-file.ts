import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Bytes of a file that may be read; what is read here has a few kilobytes. */
const longest = 256 * 1024;

/**
 * The text of a file in a directory of a less privileged user, for root to judge: no link is followed, nothing but a
 * regular file is read, and not more than `longest`. Undefined where there is no such file.
 */
export async function readUntrusted(path: string): Promise<string | undefined> {
  // A pipe in its place would keep whoever opens it waiting.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch(() => undefined);
  if (!file) return undefined;
  try {
    const found = await file.stat();
    if (!found.isFile() || found.size > longest) return undefined;
    const { bytesRead, buffer } = await file.read(Buffer.alloc(longest), 0, longest, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
