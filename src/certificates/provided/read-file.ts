import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DiskFile } from '../../context/kinds/pem.ts';
import { failure, type OnePilotError } from '../../errors/catalogue.ts';
import { textOf } from './pem.ts';
import type { Placed } from './read-provided.ts';

/** Bytes. A chain has a few thousand. */
const largest = 1024 * 1024;

/**
 * Reads a certificate or a key from an attached disk.
 * @param root where the file system with that label is mounted; another disk may be there tomorrow, made by somebody
 *   else, so no link is followed: neither in the path nor at its end
 */
export async function readProvidedFile(
  { label, path }: DiskFile,
  root: string,
): Promise<Placed | { readonly problems: readonly OnePilotError[] }> {
  const source = `disk:${label}/${path}`;
  const unusable = (reason: string, cause?: unknown) => ({
    problems: [failure('CERTIFICATE_FILE_UNUSABLE', { source, reason }, { cause })],
  });
  const realRoot = await realpath(root).catch(() => undefined);
  if (realRoot === undefined) return { problems: [failure('CERTIFICATE_DISK_ABSENT', { label, source })] };
  try {
    const wanted = join(realRoot, path);
    if ((await realpath(dirname(wanted))) !== dirname(wanted)) return unusable('a link is in its path');
    // A pipe would keep whoever opens it waiting.
    const file = await open(wanted, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = await file.stat();
      if (!found.isFile()) return unusable('it is no file');
      if (found.size > largest) return unusable('it has more than 1 MiB');
      return { text: textOf(await file.readFile()), place: source };
    } finally {
      await file.close();
    }
  } catch (error) {
    return unusable(reasonOf(error), error);
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file on the disk';
  if (code === 'ELOOP') return 'it is a link';
  return `it cannot be read (${code})`;
}
