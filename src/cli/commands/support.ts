import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { failure, type OnePilotError } from '../../errors/catalogue.ts';
import type { Call, CommandWorld, Result } from './command.ts';
import { done } from './exit-codes.ts';
import { secretsOf } from './support/context-secrets.ts';
import { type Gathered, gather } from './support/gather.ts';
import { scrubber } from './support/scrub.ts';
import { asText, columns } from './text.ts';

/** Milliseconds for packing. */
const packing = 60_000;

/**
 * `onepilot support [FILE]`. Without knowing the secrets it makes nothing.
 * @throws COMMAND_FILE_EXISTS, COMMAND_FILE_UNWRITABLE
 */
export async function support({ words: [file], world }: Pick<Call, 'words' | 'world'>): Promise<Result> {
  const path = resolve(file ?? defaultName(world));
  const scrub = scrubber(await secretsOf(world));
  await claim(path);
  // One folder, named as the archive, so that unpacking it does not litter.
  const name = basename(path).replace(/\.(tar\.gz|tgz|tar)$/, '') || 'onepilot-support';
  const staging = await mkdtemp(join(tmpdir(), 'onepilot-support-'));
  try {
    await mkdir(join(staging, name));
    world.say('Gathering:');
    const gathered = await gather(join(staging, name), world, scrub);
    const packed = await world.capture(['tar', '-C', staging, '-czf', path, '--', name], packing);
    if (packed.status !== 0) throw unwritable(path, packed.stderr.trim());
    return { code: done, text: summary(path, gathered), json: { archive: path, files: gathered } };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

function defaultName({ hostname, now }: CommandWorld): string {
  const host = hostname.replace(/[^A-Za-z0-9.-]+/g, '-');
  const date = now().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return `onepilot-support-${host}-${date}.tar.gz`;
}

/** Makes the file, for root alone, before anything is in it. */
async function claim(path: string): Promise<void> {
  try {
    await (await open(path, 'wx', 0o600)).close();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw failure('COMMAND_FILE_EXISTS', { path }, { cause: error });
    }
    throw unwritable(path, error instanceof Error ? error.message : String(error));
  }
}

function unwritable(path: string, reason: string): OnePilotError {
  return failure('COMMAND_FILE_UNWRITABLE', { path, reason });
}

function summary(path: string, gathered: readonly Gathered[]): string {
  const failures = gathered.filter(({ problem }) => problem !== undefined);
  return asText([
    `${path} holds:`,
    '',
    ...columns(
      gathered.map(({ file, about }) => [file, about]),
      '  ',
    ),
    '',
    ...(failures.length > 0 ? [`Without: ${failures.map(({ file }) => file).join(', ')}`, ''] : []),
    'Known secrets were replaced by [secret]. Names and addresses of your network are in it:',
    'look at it before you send it.',
  ]);
}
