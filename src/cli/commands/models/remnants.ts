import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FetchedFile } from '../../../models/selection/resolve.ts';
import { downloadsFolder } from '../../../models/store/places.ts';

/** A fetched file without a record that holds, or such a record without its file. */
export interface Remnant {
  readonly id: string;
  /** Absolute paths of what there is. */
  readonly paths: readonly string[];
  /** Bytes. */
  readonly size: number;
  /** What is wrong, as a clause. */
  readonly reason: string;
}

/** What cut-off fetches, damaged records and lost files left among the downloads. */
export async function remnantsOf(
  store: string,
  fetched: readonly FetchedFile[],
): Promise<readonly Remnant[]> {
  const folder = downloadsFolder(store);
  const names = new Set(await readdir(folder).catch(() => []));
  const whole = new Set(fetched.map(({ path }) => path));
  const stems = [...names].flatMap(
    (name) => /^(.+\.[0-9a-f]{12})\.(?:gguf|[0-9a-f]{16}\.json)$/.exec(name)?.[1] ?? [],
  );
  const found = [...new Set(stems)].toSorted().filter((stem) => !whole.has(join(folder, `${stem}.gguf`)));
  return Promise.all(
    found.map(async (stem) => {
      const file = `${stem}.gguf`;
      const records = [...names].filter((name) => name.startsWith(`${stem}.`) && name.endsWith('.json'));
      const present = names.has(file) ? [file, ...records] : records;
      return {
        id: stem.slice(0, stem.lastIndexOf('.')),
        paths: present.map((name) => join(folder, name)),
        size: (await stat(join(folder, file)).catch(() => undefined))?.size ?? 0,
        reason: reasonFor(names.has(file), records.length > 0),
      };
    }),
  );
}

function reasonFor(hasFile: boolean, hasRecord: boolean): string {
  if (!hasFile) return 'its file is gone';
  return hasRecord
    ? 'its record is damaged, or tells of another size'
    : 'it has no record, because its fetch was cut off or its record was deleted';
}

/** Deletes what is left of a file. @returns bytes that were freed */
export async function removeRemnant({ paths, size }: Remnant): Promise<number> {
  for (const path of paths) await rm(path, { force: true });
  return size;
}
