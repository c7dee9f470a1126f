import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFile } from '../../bootstrap/files.ts';
import { ModelRecord } from '../record.ts';
import { type DiskSource, isPlainPath, isServablePath, type ModelSource } from '../source.ts';
import { readJson, writeJson } from './durable.ts';
import { diskRecordPath, downloadsFolder, recordPath, sourceKey } from './places.ts';
import { clearRefusal, refusalKey } from './refusals.ts';

/**
 * The models that the store knows, by name of their files. Of fetched ones, the file is there and has its size;
 * of those on disks only `inspectDiskModel` can say so. Damaged records count as none.
 */
export async function listRecords(store: string): Promise<ModelRecord[]> {
  const folder = downloadsFolder(store);
  const names = await readdir(folder).catch(() => []);
  const found: ModelRecord[] = [];
  for (const name of names.toSorted()) {
    if (!name.endsWith('.json') || name.endsWith('.partial.json')) continue;
    const record = await readRecord(store, join(folder, name));
    if (record) found.push(record);
  }
  return found;
}

async function readRecord(store: string, path: string): Promise<ModelRecord | undefined> {
  const record = await readJson(path, ModelRecord);
  // A record that somebody renamed or edited must not lead out of the store, nor off the disk.
  if (record?.source.kind === 'disk')
    return isPlainPath(record.file) && isServablePath(record.file) ? record : undefined;
  if (record?.sha256 === undefined || recordPath(store, record) !== path) return undefined;
  const file = await lstat(join(store, record.file)).catch(() => undefined);
  return file?.isFile() && file.size === record.size ? record : undefined;
}

/** The record of `source`: fetched from the same place, and with the hash that the source pins, if it pins one. */
export async function findRecord(store: string, source: ModelSource): Promise<ModelRecord | undefined> {
  const key = sourceKey(source);
  const records = await listRecords(store);
  return records.find(
    (record) =>
      sourceKey(record.source) === key && (source.sha256 === undefined || source.sha256 === record.sha256),
  );
}

/** Makes a model that lies in the store under its final name, or on a disk, known. */
export async function writeRecord(store: string, record: ModelRecord): Promise<void> {
  await writeJson(recordPath(store, record), record);
}

export async function readDiskRecord(
  store: string,
  id: string,
  source: DiskSource,
): Promise<ModelRecord | undefined> {
  return readJson(diskRecordPath(store, id, source), ModelRecord);
}

/**
 * Forgets a model and what was noted against it, and deletes its file, unless that lies on a disk or came from another
 * source too.
 * @returns bytes that were freed
 */
export async function removeRecord(store: string, record: ModelRecord): Promise<number> {
  await removeFile(recordPath(store, record));
  await clearRefusal(store, refusalKey(record));
  if (record.source.kind === 'disk') return 0;
  const others = await listRecords(store);
  if (others.some(({ source, file }) => source.kind !== 'disk' && file === record.file)) return 0;
  await rm(join(store, record.file), { force: true });
  return record.size;
}
