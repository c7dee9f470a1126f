import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { failure, OnePilotError } from '../../errors/catalogue.ts';
import type { ModelRecord } from '../record.ts';
import { type DiskSource, isServablePath, servableCharacters, sourceText } from '../source.ts';
import { hashFile } from '../store/hash-file.ts';
import { makeOpenDirectory } from '../store/open-directory.ts';
import { downloadsFolder } from '../store/places.ts';
import { readDiskRecord, writeRecord } from '../store/records.ts';
import { clearRefusal, refusalKey } from '../store/refusals.ts';
import { usualTimes } from './fault.ts';
import type { FetchOptions, Inspect } from './fetch-request.ts';
import { ProgressTeller } from './progress.ts';
import { inspected } from './promote.ts';

export interface DiskRequest {
  readonly source: DiskSource;
  /** Name under which clients find the model. */
  readonly id: string;
  /** Where the file system with that label is mounted. */
  readonly root: string;
  /** Root of the store, which must exist. */
  readonly store: string;
  readonly inspect: Inspect;
}

interface DiskFile {
  readonly path: string;
  /** Path below the root. */
  readonly file: string;
  readonly size: number;
  readonly modifiedAt: number;
}

/**
 * Checks a model on an attached disk, which is used where it lies. What is known of it is kept in the store, so that
 * as long as size and time of the file stay the same it is neither read nor hashed again.
 *
 * @throws MODEL_DISK_ABSENT, MODEL_DISK_UNUSABLE, MODEL_DISK_HASH, MODEL_UNUSABLE; the reason of `options.signal`
 */
export async function inspectDiskModel(
  request: DiskRequest,
  options: FetchOptions = {},
): Promise<ModelRecord> {
  const { signal, onProgress, times } = options;
  const teller = new ProgressTeller(onProgress, times?.report ?? usualTimes.report);
  try {
    const record = await recordOf(request, teller, signal);
    teller.change({ state: 'done' });
    return record;
  } catch (error) {
    signal?.throwIfAborted();
    teller.fail(error);
    throw error;
  }
}

async function recordOf(
  { source, id, root, store, inspect }: DiskRequest,
  teller: ProgressTeller,
  signal: AbortSignal | undefined,
): Promise<ModelRecord> {
  const found = await findFile(source, root);
  const { path, file, size, modifiedAt } = found;
  const known = await readDiskRecord(store, id, source);
  if (known && isSame(known, found, source)) return known;
  if (known) await clearRefusal(store, refusalKey(known)).catch(() => {});

  let sha256: string | undefined;
  if (source.sha256 !== undefined) {
    const onProgress = (done: number) => teller.verify(done, size);
    sha256 = await hashFile(path, { signal, onProgress }).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw unusable(source, error);
    });
    if (sha256 !== source.sha256) {
      throw failure('MODEL_DISK_HASH', {
        source: sourceText(source),
        found: sha256,
        expected: source.sha256,
      });
    }
  }
  const facts = await inspected(path, sourceText(source), inspect);
  const record: ModelRecord = {
    id,
    source,
    file,
    size,
    modifiedAt,
    ...(sha256 !== undefined && { sha256 }),
    trust: sha256 === undefined ? 'none' : 'pinned',
    fetchedAt: new Date().toISOString(),
    facts,
  };
  await remember(store, record);
  return record;
}

/** The file itself, wherever links lead, as long as they lead to somewhere on the same disk. */
async function findFile(source: DiskSource, root: string): Promise<DiskFile> {
  try {
    const realRoot = await realpath(root).catch(() => undefined);
    if (realRoot === undefined) {
      throw failure('MODEL_DISK_ABSENT', { label: source.label, source: sourceText(source) });
    }
    if ((await readdir(realRoot)).length === 0)
      throw new Unusable('its file system could not be mounted, or is empty');
    const path = await realpath(join(realRoot, source.path));
    const file = relative(realRoot, path);
    if (file === '..' || file.startsWith(`..${sep}`))
      throw new Unusable('it is a link that leads out of the disk');
    for (const name of [source.path, file]) {
      if (!isServablePath(name)) throw new Unusable(`a path may hold ${servableCharacters} alone`);
    }
    const found = await stat(path);
    if (!found.isFile()) throw new Unusable('it is no file');
    return { path, file, size: found.size, modifiedAt: found.mtimeMs };
  } catch (error) {
    throw unusable(source, error);
  }
}

class Unusable extends Error {}

function unusable(source: DiskSource, error: unknown): Error {
  if (error instanceof OnePilotError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
  const said = error instanceof Unusable ? error.message : `it cannot be read (${code ?? String(error)})`;
  const reason = isMissing ? 'there is no such file on the disk' : said;
  return failure('MODEL_DISK_UNUSABLE', { source: sourceText(source), reason }, { cause: error });
}

function isSame(record: ModelRecord, found: DiskFile, { sha256 }: DiskSource): boolean {
  return (
    record.file === found.file &&
    record.size === found.size &&
    record.modifiedAt === found.modifiedAt &&
    (sha256 === undefined || sha256 === record.sha256)
  );
}

async function remember(store: string, record: ModelRecord): Promise<void> {
  try {
    await makeOpenDirectory(downloadsFolder(store));
    await writeRecord(store, record);
  } catch {
    // A full disk must not keep a model on another one from being used: it is read again at the next start.
  }
}
