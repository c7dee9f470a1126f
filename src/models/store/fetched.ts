import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Paths } from '../../machine/paths.ts';
import type { ModelRecord } from '../record.ts';
import type { FetchedFile } from '../selection/resolve.ts';
import { diskMount } from './disks.ts';
import { listRecords } from './records.ts';

/** Every file of weights that was fetched or found on a disk, and is there now. */
export async function readFetched(paths: Pick<Paths, 'models' | 'disks'>): Promise<FetchedFile[]> {
  const records = await listRecords(paths.models);
  const files = await Promise.all(
    records.map(async (record) => {
      const path = recordedPath(record, paths);
      const found = await stat(path).catch(() => undefined);
      return found && isSame(record, found) ? [{ record, path }] : [];
    }),
  );
  return files.flat();
}

/** A file on a disk whose time has changed may hold anything: it is looked at again. */
function isSame({ size, modifiedAt }: ModelRecord, found: Stats): boolean {
  return found.isFile() && found.size === size && (modifiedAt ?? found.mtimeMs) === found.mtimeMs;
}

/** Absolute path of the file that `record` speaks of. */
export function recordedPath({ source, file }: ModelRecord, paths: Pick<Paths, 'models' | 'disks'>): string {
  return source.kind === 'disk' ? join(diskMount(source.label, paths), file) : join(paths.models, file);
}
