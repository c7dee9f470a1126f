import { open } from 'node:fs/promises';
import { Secret } from '../../../context/secret.ts';
import { type Settings, variables } from '../../../context/variables.ts';
import { failure } from '../../../errors/catalogue.ts';
import type { FetchRequest } from '../../../models/download/fetch-request.ts';
import type { Call } from '../command.ts';
import { usage } from '../usage.ts';

/** More is no token but another file. */
const longestToken = 4096;

/** Where hub files are fetched from, and with which token. */
type Access = Pick<FetchRequest, 'mirror' | 'token'>;

/**
 * What the options say, else the context. The token of the context goes nowhere but where the context sends it.
 * @throws COMMAND_USAGE, COMMAND_TOKEN_FILE
 */
export async function accessFor(
  value: Call['value'],
  { modelMirror, modelToken }: Pick<Settings, 'modelMirror' | 'modelToken'>,
  stdin: Call['world']['stdin'],
): Promise<Access> {
  const [asked, tokenFile] = [value('mirror'), value('token-file')];
  const mirror = asked === undefined ? modelMirror : readMirror(asked);
  if (tokenFile !== undefined) return { mirror, token: await readToken(tokenFile, stdin) };
  return { mirror, token: mirror === modelMirror ? modelToken : undefined };
}

/**
 * The token for the hub in a file, or on the standard input for `-`.
 * @throws COMMAND_TOKEN_FILE: unreadable, empty, of several lines, or readable by others than its owner
 */
async function readToken(path: string, stdin: Call['world']['stdin']): Promise<Secret> {
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
function readMirror(text: string): string {
  const reading = variables.modelMirror.read(text);
  const isPlain = URL.parse(text)?.username === '' && URL.parse(text)?.password === '';
  if ('value' in reading && reading.value !== undefined && isPlain) return reading.value;
  throw usage(
    '--mirror must be a URL with https:// or http://, without user name or password.',
    'models pull',
  );
}
