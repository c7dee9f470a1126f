import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { engineDirectory } from '../builder/engine-directory.ts';
import type { Shell } from '../builder/shell.ts';
import type { BuildOptions } from '../builder/stage.ts';
import { failure } from '../errors/catalogue.ts';
import { type Built, buildApart, type Lent } from './build-apart.ts';
import { compare } from './compare.ts';
import { type ExpectedDifferences, judge, type Verdict } from './expected.ts';
import { requireSamePackages } from './packages.ts';
import { readEntries } from './read-entries.ts';

/** The first stage that is built twice; the engine never is, since it takes long and its compiler is the host's. */
export const beginnings = ['base', 'payload'] as const;
export type Beginning = (typeof beginnings)[number];

/** What to build twice, and where. */
export interface TwiceRequest {
  readonly options: BuildOptions;
  readonly from: Beginning;
  /** An empty directory. */
  readonly directory: string;
  readonly signal: AbortSignal;
  say(text: string): void;
}

/**
 * Builds an image twice from the same inputs.
 * @throws REPRODUCE_ARCHIVE_MOVED, BUILD_NO_ENGINE, and what a build throws
 */
export async function buildTwice({
  options,
  from,
  directory,
  signal,
  say,
}: TwiceRequest): Promise<[Built, Built]> {
  const engine = await engineDirectory();
  say(`The engine is not built: both builds take it over from ${engine}`);
  const first = await buildApart(join(directory, 'first'), options, { engine }, signal);
  const lent: Lent =
    from === 'base'
      ? { engine }
      : { engine, base: first.outputOf('base'), app: first.outputOf('app'), model: first.outputOf('model') };
  if (from === 'payload') say('The second build takes base, app and model over from the first.');
  const second = await buildApart(join(directory, 'second'), options, lent, signal);
  requireSamePackages(first.packages, second.packages);
  return [first, second];
}

/** The absolute path of an image. @throws REPRODUCE_NO_IMAGE */
export async function imageAt(path: string): Promise<string> {
  if ((await stat(path).catch(() => undefined))?.isFile()) return resolve(path);
  throw failure('REPRODUCE_NO_IMAGE', { path });
}

/**
 * Compares two images path by path and judges what differs.
 * @param work directory for raw copies, one at a time
 * @throws AUDIT_UNREADABLE
 */
export async function compareImages(
  [first, second]: readonly [string, string],
  expected: ExpectedDifferences,
  work: string,
  shell: Shell,
): Promise<Verdict> {
  const before = await readEntries(first, join(work, 'first'), shell);
  const after = await readEntries(second, join(work, 'second'), shell);
  return judge(compare(before, after), expected);
}
