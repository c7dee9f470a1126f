import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ModelRecord } from '../record.ts';
import type { ModelSource, RemoteSource } from '../source.ts';

/** Where fetched models lie in a store. Baked ones lie at its top level and are none of this folder's business. */
const downloads = 'downloads';

const plainId = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** What tells one source from another, whatever hash is asked of it: 16 hex digits, for names of files. */
export function sourceKey(source: ModelSource): string {
  return createHash('sha256').update(identity(source)).digest('hex').slice(0, 16);
}

function identity(source: ModelSource): string {
  switch (source.kind) {
    case 'hub':
      return JSON.stringify(['hub', source.owner, source.repository, source.file, source.revision]);
    case 'web':
      return JSON.stringify(['web', source.url]);
    case 'disk':
      return JSON.stringify(['disk', source.label, source.path]);
  }
}

export function downloadsFolder(store: string): string {
  return join(store, downloads);
}

/** Name of a whole model, relative to the store; content decides it, so that a newer one never replaces an older. */
export function modelFile(id: string, sha256: string): string {
  return join(downloads, `${checkedId(id)}.${sha256.slice(0, 12)}.gguf`);
}

/**
 * Path of the record: beside the model, one for each source that it came from, or, since a disk may be read-only, in
 * the store.
 */
export function recordPath(store: string, { id, source, file }: ModelRecord): string {
  if (source.kind !== 'disk') return join(store, file.replace(/\.gguf$/, `.${sourceKey(source)}.json`));
  return diskRecordPath(store, id, source);
}

export function diskRecordPath(store: string, id: string, source: ModelSource): string {
  return join(store, downloads, `${checkedId(id)}.disk-${sourceKey(source)}.json`);
}

/** What has arrived of a source so far, and the note about it. */
export function partialPaths(store: string, source: RemoteSource): { data: string; note: string } {
  const data = join(store, downloads, `${sourceKey(source)}.partial`);
  return { data, note: `${data}.json` };
}

/** Ids become names of files. */
function checkedId(id: string): string {
  if (!plainId.test(id)) throw new RangeError(`«${id}» cannot be the name of a model`);
  return id;
}
