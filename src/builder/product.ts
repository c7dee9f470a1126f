import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import { failure } from '../errors/catalogue.ts';
import { checkout } from './places.ts';

const Package = z.looseObject({ version: z.string() });

/** Version of a package installed in this checkout, or of OnePilot itself. */
export async function productVersion(dependency?: string): Promise<string> {
  const folder = dependency === undefined ? checkout : join(checkout, 'node_modules', dependency);
  return Package.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))).version;
}

/**
 * The day of a version by a changelog (Keep a Changelog 1.1): that of its section, else the newest of any section.
 * @returns seconds since 1970; undefined when no section has a date
 */
export function changelogDate(changelog: string, version: string): number | undefined {
  const sections = [...changelog.matchAll(/^## \[?([^\]\s]+)\]? - (\d{4}-\d{2}-\d{2})\b/gm)];
  const days = sections.map(([, name, day = '']) => ({ name, at: Date.parse(`${day}T00:00:00Z`) / 1000 }));
  const own = days.find(({ name }) => name === version);
  if (own) return own.at;
  return days.length > 0 ? Math.max(...days.map(({ at }) => at)) : undefined;
}

/** The day of a checkout's last commit in UTC, in seconds since 1970; undefined without git or a repository. */
async function commitDay(): Promise<number | undefined> {
  // Whoever builds as root may not own the checkout.
  const git = ['-c', `safe.directory=${checkout}`, '-C', checkout, 'log', '-1', '--format=%ct'];
  const answer = await promisify(execFile)('git', git).catch(() => undefined);
  const seconds = Number(answer?.stdout);
  return seconds > 0 ? seconds - (seconds % 86_400) : undefined;
}

/**
 * The date of what is built from this checkout, in seconds since 1970: no file of an image is newer, so that the same
 * inputs give the same image whenever they are built. `SOURCE_DATE_EPOCH` (reproducible-builds.org), else the
 * changelog's, else the day of the last commit.
 * @throws REPRODUCE_NO_DATE
 */
export async function productDate(environment: NodeJS.ProcessEnv = process.env): Promise<number> {
  const { SOURCE_DATE_EPOCH: given } = environment;
  if (given !== undefined && given !== '') {
    if (/^[1-9]\d{0,10}$/.test(given)) return Number(given);
    throw failure('REPRODUCE_BAD_DATE', { given });
  }
  const changelog = await readFile(join(checkout, 'CHANGELOG.md'), 'utf8').catch(() => '');
  const date = changelogDate(changelog, await productVersion()) ?? (await commitDay());
  if (date === undefined) throw failure('REPRODUCE_NO_DATE', {});
  return date;
}
