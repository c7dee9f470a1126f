import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';
import { join } from 'node:path';
import { parseContextSh } from '../context-sh.ts';
import { Secret } from '../secret.ts';
import type { Found } from './source.ts';

/** Bytes; a context has a few kilobytes, files on the disk aside. */
const largestContext = 1_048_576;

/** The context in a `context.sh`; undefined when there is no such file. Throws when it cannot be read. */
export async function readContextFile(path: string): Promise<Omit<Found, 'token'> | undefined> {
  const text = await readIfPresent(path);
  return text === undefined ? undefined : parseContextSh(text);
}

/** What OpenNebula's core writes in `directory`: `context.sh`, and `token.txt` where TOKEN=YES. */
export async function readContextDirectory(directory: string): Promise<Found | undefined> {
  const context = await readContextFile(join(directory, 'context.sh'));
  return context && { ...context, token: await readToken(directory) };
}

/** OneGate's token, if it can be read: everything works without OneGate. */
export async function readToken(directory: string): Promise<Secret | undefined> {
  try {
    const token = (await readIfPresent(join(directory, 'token.txt')))?.trim();
    return token ? new Secret(token) : undefined;
  } catch {
    return undefined;
  }
}

/** The text of a file that may not be there. Throws when it is too large, or no ordinary file. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  if (!(await exists(path))) return undefined;
  // A symbolic link on a foreign disk could point at any file of this machine, and a pipe would never end.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags);
  try {
    const status = await file.stat();
    if (!status.isFile()) throw new Error('it is no ordinary file');
    if (status.size > largestContext)
      throw new Error(`it has ${status.size} bytes, more than ${largestContext}`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

export function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
