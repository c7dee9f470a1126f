import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { OnePilotError } from '../../errors/catalogue.ts';
import { ModelSource, type RemoteSource } from '../source.ts';
import { readJson, writeJson } from './durable.ts';
import { downloadsFolder, partialPaths, sourceKey } from './places.ts';
import { inSourceTurn } from './turn.ts';

/** What must be known to go on with a file that has not arrived whole; kept beside it. */
export const PartialNote = z.strictObject({
  source: ModelSource,
  /** Bytes of the whole file. */
  size: z.int().min(0).optional(),
  /** The hash that the whole file must have: pinned, or the hub's. */
  sha256: z.string().optional(),
  /** The commit of the repository that it is fetched from. */
  commit: z.string().optional(),
  /** A strong validator (RFC 9110 section 8.8.3) and the origin that it holds for. */
  etag: z.strictObject({ value: z.string(), origin: z.string() }).optional(),
});
export type PartialNote = z.infer<typeof PartialNote>;

/** A file that has not arrived whole. */
export interface Partial {
  readonly source: ModelSource;
  /** Bytes that are here. */
  readonly received: number;
  /** Bytes that there will be, where known. */
  readonly size?: number | undefined;
}

export async function readPartialNote(store: string, source: RemoteSource): Promise<PartialNote | undefined> {
  return readJson(partialPaths(store, source).note, PartialNote);
}

export async function writePartialNote(
  store: string,
  source: RemoteSource,
  note: PartialNote,
): Promise<void> {
  await writeJson(partialPaths(store, source).note, note);
}

/** Deletes what has arrived of `source`. Only for who has the turn. */
export async function dropPartial(store: string, source: RemoteSource): Promise<void> {
  await removeParts(partialPaths(store, source).data);
}

/** The files that have not arrived whole, with what is known of them. */
export async function partialsOf(store: string): Promise<Partial[]> {
  const folder = downloadsFolder(store);
  const found: Partial[] = [];
  for (const name of await partialNames(folder)) {
    const note = await readJson(join(folder, `${name}.json`), PartialNote);
    const data = await stat(join(folder, name)).catch(() => undefined);
    if (note && data) found.push({ source: note.source, received: data.size, size: note.size });
  }
  return found;
}

/**
 * Deletes what has arrived of sources other than `except`, unless it is being fetched this moment.
 * @returns bytes that were freed
 */
export async function removePartials(store: string, except: readonly RemoteSource[]): Promise<number> {
  const folder = downloadsFolder(store);
  const kept = new Set(except.map((source) => `${sourceKey(source)}.partial`));
  let freed = 0;
  for (const name of await partialNames(folder)) {
    if (kept.has(name)) continue;
    const path = join(folder, name);
    const size = (await stat(path).catch(() => undefined))?.size ?? 0;
    const note = await readJson(`${path}.json`, PartialNote);
    if (await remove(store, path, note?.source)) freed += size;
  }
  return freed;
}

/** Names of partial files, also of those whose data or note alone is there. */
async function partialNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const found = names.map((name) => /^[0-9a-f]{16}\.partial/.exec(name)?.[0]);
  return [...new Set(found.filter((name) => name !== undefined))].toSorted();
}

async function remove(store: string, path: string, source: ModelSource | undefined): Promise<boolean> {
  const work = async () => {
    await removeParts(path);
    return true;
  };
  // Without a readable note nobody can be at work on it: a fetch writes the note first.
  if (source === undefined || source.kind === 'disk') return work();
  try {
    return await inSourceTurn(store, source, { patience: 0 }, work);
  } catch (error) {
    if (error instanceof OnePilotError && error.code === 'MODEL_FETCH_BUSY') return false;
    throw error;
  }
}

/** Deletes a partial file, its note, and a note that was being written when its writer was killed. */
async function removeParts(path: string): Promise<void> {
  for (const suffix of ['', '.json', '.json.onepilot-new']) await rm(`${path}${suffix}`, { force: true });
}
