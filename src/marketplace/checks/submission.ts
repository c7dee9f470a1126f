import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isScalar, parseDocument, Scalar, visit } from 'yaml';
import * as z from 'zod';
import { Mapping, mapping } from './mapping.ts';

/** One `appliances/NAME/UUID.yaml`: an app of the catalogue. */
export interface Entry {
  /** Relative to the submission. */
  readonly file: string;
  readonly data: Mapping;
}

/** A submission, or a checkout of the marketplace's repository with one in it. */
export interface Submission {
  /** Where it lies. */
  readonly folder: string;
  /** Name of the app: its directory below `appliances/`. */
  readonly app: string;
  /** Content by path relative to the submission; of a link, its target. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** The app's entries that are YAML at all. */
  readonly entries: readonly Entry[];
  /** Entries of other apps, where it is a checkout. */
  readonly others: readonly Entry[];
}

/** What a submission consists of; the rest of a checkout is nobody's business here. */
const parts = ['appliances', 'logos', 'apps-code/community-apps', 'PULL_REQUEST.md'];

/** YAML beside the entries in an app's directory. */
const notEntries = ['metadata.yaml', 'context.yaml', 'tests.yaml'];

const ourApp = 'onepilot';

/** Reads what the checks look at. A folder without an app is a submission without files. */
export async function readSubmission(folder: string): Promise<Submission> {
  const files = new Map<string, Buffer>();
  for (const part of parts) await collect(folder, part, files);
  return submissionOf(folder, files);
}

/** The submission that files make, by path relative to `folder`. */
export function submissionOf(folder: string, files: ReadonlyMap<string, Buffer>): Submission {
  const apps = [...files.keys()].flatMap((path) => /^appliances\/([^/]+)\//.exec(path)?.[1] ?? []);
  const app = apps.find((name) => name === ourApp) ?? apps[0] ?? ourApp;
  const entries = [...files].flatMap(([file, content]) => readEntry(file, content));
  const own = (entry: Entry) => entry.file.startsWith(`appliances/${app}/`);
  return { folder, app, files, entries: entries.filter(own), others: entries.filter((entry) => !own(entry)) };
}

async function collect(folder: string, path: string, files: Map<string, Buffer>): Promise<void> {
  const found = await lstat(join(folder, path)).catch(() => undefined);
  if (found?.isDirectory()) {
    for (const name of (await readdir(join(folder, path))).sort())
      await collect(folder, `${path}/${name}`, files);
  } else if (found?.isSymbolicLink()) {
    files.set(path, Buffer.from(await readlink(join(folder, path))));
  } else if (found?.isFile()) {
    files.set(path, await readFile(join(folder, path)));
  }
}

function readEntry(file: string, content: Buffer): Entry[] {
  const name = /^appliances\/(?:[^/]+\/)+([^/]+\.yaml)$/.exec(file)?.[1];
  if (name === undefined || notEntries.includes(name)) return [];
  const data = Mapping.safeParse(readYaml(content));
  return data.success ? [{ file, data: data.data }] : [];
}

/**
 * A YAML text as Ruby's Psych reads it, which is YAML 1.1: an unquoted YES is true. A key that begins with a colon is a
 * symbol only without quotes; with them it keeps them here, so that nobody finds it. What is no YAML is undefined:
 * yamllint says where the mistake is.
 */
export function readYaml(content: Buffer): unknown {
  const document = parseDocument(content.toString(), { version: '1.1' });
  if (document.errors.length > 0) return undefined;
  visit(document, {
    Pair(_, { key }) {
      if (!isScalar(key) || key.type === Scalar.PLAIN || !String(key.value).startsWith(':')) return;
      key.value = `'${String(key.value)}'`;
    },
  });
  return document.toJS();
}

/** A file of the app's own directory. */
export function appFile({ app, files }: Submission, name: string) {
  const file = `appliances/${app}/${name}`;
  return { file, content: files.get(file) };
}

/** `IMAGE` where an entry says nothing, as the import driver has it. */
export function entryType({ data }: Entry): string {
  return String(data.type ?? 'IMAGE');
}

/** The id that an entry's file name is; undefined where it is no UUID in lower case. */
export function entryUuid({ file }: Entry): string | undefined {
  const name = basename(file, '.yaml');
  return z.uuid().safeParse(name).success && name === name.toLowerCase() ? name : undefined;
}

/** The images of an entry, as far as they are mappings. */
export function entryImages({ data }: Entry): Mapping[] {
  return Array.isArray(data.images) ? data.images.map(mapping) : [];
}
