import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parse } from 'yaml';
import * as z from 'zod';
import { failure, OnePilotError } from '../errors/catalogue.ts';
import { digestFile } from './digest.ts';
import { cacheDirectory, checkout } from './places.ts';
import type { Shell } from './shell.ts';
import type { BuildOptions } from './stage.ts';

const pinFile = 'packer/one-context.yaml';

/** The release that is fetched where no file is given. */
export const OneContextPin = z.strictObject({
  version: z.string(),
  url: z.url({ protocol: /^https?$/ }),
  /** Empty where nobody has written it down yet. */
  sha256: z.string().regex(/^([0-9a-f]{64})?$/),
});
export type OneContextPin = z.infer<typeof OneContextPin>;

async function readPin(path: string): Promise<OneContextPin> {
  return OneContextPin.parse(parse(await readFile(path, 'utf8')));
}

/**
 * SHA-256 of the package that will be installed, which may not be here yet.
 * @param pin path of the file that names the release
 * @throws ONE_CONTEXT_NOT_PINNED, ONE_CONTEXT_MISSING
 */
export async function oneContextDigest(
  { oneContext }: Pick<BuildOptions, 'oneContext'>,
  pin: string = join(checkout, pinFile),
): Promise<string> {
  if (oneContext !== undefined) {
    if (!(await stat(oneContext).catch(() => undefined))?.isFile()) {
      throw failure('ONE_CONTEXT_MISSING', { path: oneContext });
    }
    return digestFile(oneContext);
  }
  const { sha256, url } = await readPin(pin);
  if (sha256 === '') throw failure('ONE_CONTEXT_NOT_PINNED', { file: pinFile, url });
  return sha256;
}

/**
 * What speaks against publishing an image with a package: that it is not the release that the checkout names. Tests
 * use another one on purpose.
 * @param path of the file that was given
 */
export async function oneContextProblems(
  path: string,
  shell: Shell,
  pin: string = join(checkout, pinFile),
): Promise<string[]> {
  const { version, sha256 } = await readPin(pin);
  const found = (await shell.run(['dpkg-deb', '-f', path, 'Version'])).trim();
  const digest = await digestFile(path);
  const problems: string[] = [];
  if (found !== version) problems.push(`${path} is one-context ${found}, and ${pinFile} names ${version}`);
  if (sha256 === '') problems.push(`${pinFile} has no hash to compare ${path} with; the file's is ${digest}`);
  else if (digest !== sha256) problems.push(`${path} has not the hash that ${pinFile} names, but ${digest}`);
  return problems;
}

/**
 * The package's file: the one that was given, else the pinned release, fetched once and kept in the cache.
 * @throws ONE_CONTEXT_UNREACHABLE, ONE_CONTEXT_WRONG
 */
export async function provideOneContext(
  options: Pick<BuildOptions, 'oneContext'>,
  shell: Shell,
  signal: AbortSignal,
  pin: string = join(checkout, pinFile),
): Promise<string> {
  const sha256 = await oneContextDigest(options, pin);
  const path = options.oneContext ?? (await fetchPinned(await readPin(pin), sha256, signal));
  const name = await shell.run(['dpkg-deb', '-f', path, 'Package']).catch(() => '');
  if (name.trim() !== 'one-context') {
    throw failure('ONE_CONTEXT_WRONG', { path, reason: 'it is no Debian package called one-context' });
  }
  return path;
}

async function fetchPinned({ url }: OneContextPin, sha256: string, signal: AbortSignal): Promise<string> {
  const folder = join(cacheDirectory(), 'one-context');
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${sha256.slice(0, 16)}-${basename(new URL(url).pathname)}`);
  if ((await digestFile(path).catch(() => undefined)) === sha256) return path;
  const partial = `${path}.partial`;
  try {
    const answer = await fetch(url, { signal });
    if (!answer.ok || !answer.body) throw new Error(`HTTP ${answer.status}`);
    await pipeline(Readable.fromWeb(answer.body), createWriteStream(partial));
    if ((await digestFile(partial)) !== sha256) {
      throw failure('ONE_CONTEXT_WRONG', { path: url, reason: `its SHA-256 is not ${sha256}` });
    }
    await rename(partial, path);
    return path;
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof OnePilotError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw failure('ONE_CONTEXT_UNREACHABLE', { url, reason }, { cause });
  } finally {
    await rm(partial, { force: true });
  }
}
