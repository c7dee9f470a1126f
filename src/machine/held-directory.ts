import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A directory of a less privileged user, held open: what is made or removed in it stays in it, whatever comes into
 * the place of its path meanwhile. Node has no openat(2); `/proc/self/fd` leads where that would.
 */
export class HeldDirectory {
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** @throws ENOTDIR when something else is there, a link too; ENOENT when nothing is. */
  static async open(path: string): Promise<HeldDirectory> {
    const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
    return new HeldDirectory(await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  }

  /** Path of what is called `name` in it, good until it is closed. */
  pathOf(name: string): string {
    return join('/proc/self/fd', String(this.#handle.fd), name);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
