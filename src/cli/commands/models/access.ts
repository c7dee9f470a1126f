import { open } from 'node:fs/promises';
import { Secret } from '../../../context/secret.ts';
import { variables } from '../../../context/variables.ts';
import { failure } from '../../../errors/catalogue.ts';
import type { Call } from '../command.ts';
import { usage } from '../usage.ts';

/** More is no token but another file. */
const longestToken = 4096;

/**
 * The token for the hub in a file, or on the standard input for `-`.
 * @throws COMMAND_TOKEN_FILE: unreadable, empty, of several lines, or readable by others than its owner
 */
export async function readToken(path: string, stdin: Call['world']['stdin']): Promise<Secret> {
  const text = (path === '-' ? await stdin() : await readPrivately(path)).trim();
  if (/^[\x21-\x7e]+$/.test(text) && text.length <= longestToken) return new Secret(text);
  throw failure('COMMAND_TOKEN_FILE', { path, reason: 'it must hold the token and nothing else' });
}

async function readPrivately(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { mode, size } = await file.stat();
      if ((mode & 0o077) !== 0) throw new Error('others than its owner may read it: chmod 600');
      if (size > longestToken) throw new Error('it must hold the token and nothing else');
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/, \w+ '.*'$/, '') : String(cause);
    throw failure('COMMAND_TOKEN_FILE', { path, reason }, { cause });
  }
}

/** What takes the place of the hub. @throws COMMAND_USAGE */
export function readMirror(text: string): string {
  const reading = variables.modelMirror.read(text);
  const isPlain = URL.parse(text)?.username === '' && URL.parse(text)?.password === '';
  if ('value' in reading && reading.value !== undefined && isPlain) return reading.value;
  throw usage(
    '--mirror must be a URL with https:// or http://, without user name or password.',
    'models pull',
  );
}
