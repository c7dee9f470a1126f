import { basename } from 'node:path';
import * as z from 'zod';
import type { Finding, Rule } from './finding.ts';
import { type Mapping, mapping } from './mapping.ts';
import { isPlaceholder, isPublicHost } from './public-name.ts';
import { type Entry, entryImages, type Submission } from './submission.ts';

export interface UrlOptions {
  /** Whether nothing of it is published: a rehearsal may say where it would be by a name below `.internal`. */
  readonly rehearsal: boolean;
}

type Problem = Pick<Finding, 'rule' | 'problem'>;

/**
 * Whoever imports, as a consumer: the image comes from the URL, and app2 validate takes a version in its file name
 * for the entry's (appmarket-simple, src/app2/app2/validate.py).
 */
export function checkUrls({ entries }: Submission, options: UrlOptions): Finding[] {
  return entries.flatMap((entry) => [
    ...entryImages(entry).flatMap((image) =>
      typeof image.url === 'string' ? url(entry, image.url, options) : [],
    ),
    ...email(entry),
    ...shared(entry, entries),
  ]);
}

/** Why nobody could fetch an image from this address or below it, as in `is a placeholder`; undefined if they can. */
export function urlProblem(address: string, options: UrlOptions): string | undefined {
  return judgeUrl(address, options)?.problem;
}

/** Why this cannot be a publisher's e-mail address, as in `is a placeholder`; undefined if it can. */
export function emailProblem(address: string): string | undefined {
  return z.email().safeParse(address).success ? judgeEmail(address)?.problem : 'is no e-mail address';
}

function judgeUrl(address: string, { rehearsal }: UrlOptions): Problem | undefined {
  const read = URL.parse(address);
  if (isPlaceholder(address, read?.hostname ?? '')) return problem('placeholder', 'is a placeholder');
  if (read?.protocol !== 'https:' || read.username !== '' || read.password !== '' || /\s/.test(address)) {
    return problem('url-https', 'is no https URL without user and password');
  }
  if (isPublicHost(read.hostname, rehearsal ? 'internal' : undefined)) return undefined;
  return problem(
    'not-public',
    `leads nowhere on the internet: ${read.hostname} is reserved or of a local network`,
  );
}

function judgeEmail(address: string): Problem | undefined {
  const domain = address.slice(address.lastIndexOf('@') + 1);
  if (isPlaceholder(address, domain)) return problem('placeholder', 'is a placeholder');
  if (isPublicHost(domain)) return undefined;
  return problem('not-public', `leads nowhere on the internet: ${domain} is reserved or of a local network`);
}

function problem(rule: Rule, text: string): Problem {
  return { rule, problem: text };
}

function url({ file, data }: Entry, address: string, options: UrlOptions): Finding[] {
  const found = (judged: Problem): Finding[] => [
    { file, rule: judged.rule, problem: `${address}: ${judged.problem}` },
  ];
  const judged = judgeUrl(address, options);
  if (judged) return found(judged);
  const name = basename(new URL(address).pathname);
  if (!name.endsWith('.qcow2')) return found(problem('url-file', 'names no qcow2 file'));
  const version = /-(\d+\.\d+\.\d+-\d+-\d{8})(\.aarch64)?\.qcow2$/.exec(name)?.[1];
  if (version === undefined || version === data.version) return [];
  return found(problem('url-version', `is of version ${version}, the entry of ${String(data.version)}`));
}

/** Two entries with one URL are right only if they are of one file. */
function shared(entry: Entry, entries: readonly Entry[]): Finding[] {
  const sha256 = (image: Mapping) => mapping(image.checksum).sha256;
  const others = entries.slice(0, entries.indexOf(entry)).flatMap(entryImages);
  return entryImages(entry)
    .filter((image) => others.some((other) => other.url === image.url && sha256(other) !== sha256(image)))
    .map(({ url: address }) => ({
      file: entry.file,
      rule: 'url-shared',
      problem: `${String(address)} is the URL of another image too`,
    }));
}

/** What is no address at all is the server schema's to say. */
function email({ file, data: { publisher_email: address } }: Entry): Finding[] {
  if (!z.email().safeParse(address).success) return [];
  const judged = judgeEmail(String(address));
  return judged ? [{ file, rule: judged.rule, problem: `publisher_email ${address} ${judged.problem}` }] : [];
}
