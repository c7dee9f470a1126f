import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { checkout } from '../builder/places.ts';
import { failure } from '../errors/catalogue.ts';

/** Path of the table in the checkout, as messages name it. */
export const entriesFile = 'appliance/marketplace/entries.yaml';

/** What never changes of an entry: the catalogue's key, and the name by which OpenNebula's core matches apps. */
export const Identity = z.strictObject({
  uuid: z.uuid({ version: 'v4' }),
  /** Without a version, and without `"`, which the import driver cannot hold. */
  name: z.string().regex(/^OnePilot( [A-Za-z0-9]+)+$/),
});
export type Identity = z.infer<typeof Identity>;

const byProfile = z.record(z.string(), Identity);

/** `appliance/marketplace/entries.yaml`. */
export const Entries = z
  .strictObject({
    /** Directory, logo, SERVICES entry and image name: upstream's Makefile cuts a name at the first digit. */
    app: z.string().regex(/^[a-z]+(-[a-z]+)*$/),
    publisher: z.string().min(1),
    /** Minor releases of OpenNebula that may see the entries. */
    opennebula: z.array(z.string().regex(/^\d+\.\d+$/)).min(1),
    images: byProfile,
    system: Identity,
    modelDisks: byProfile,
    templates: byProfile,
    vcpus: z.record(z.string(), z.int().min(1)),
  })
  .superRefine(({ images, system, modelDisks, templates }, context) => {
    const all = [system, ...[images, modelDisks, templates].flatMap((table) => Object.values(table))];
    for (const key of ['uuid', 'name'] as const) {
      const values = all.map((identity) => identity[key]);
      for (const value of values.filter((one, index) => values.indexOf(one) !== index)) {
        context.addIssue({ code: 'custom', message: `two entries have the ${key} ${value}` });
      }
    }
  });
export type Entries = z.infer<typeof Entries>;

/** Reads the table of the checkout. @throws MARKETPLACE_ENTRIES_WRONG */
export async function readEntries(path = join(checkout, entriesFile)): Promise<Entries> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw failure('MARKETPLACE_ENTRIES_WRONG', { path, problems: 'it cannot be read' }, { cause });
  });
  let read: ReturnType<typeof Entries.safeParse>;
  try {
    read = Entries.safeParse(parse(text));
  } catch (cause) {
    throw failure('MARKETPLACE_ENTRIES_WRONG', { path, problems: 'it is no YAML' }, { cause });
  }
  if (read.success) return read.data;
  throw failure('MARKETPLACE_ENTRIES_WRONG', { path, problems: z.prettifyError(read.error) });
}

/** The identity that a table has for a profile. @throws MARKETPLACE_UNKNOWN_PROFILE */
export function identityFor(
  entries: Entries,
  table: 'images' | 'modelDisks' | 'templates',
  profile: string,
): Identity {
  const found = Object.hasOwn(entries[table], profile) ? entries[table][profile] : undefined;
  if (found) return found;
  throw failure('MARKETPLACE_UNKNOWN_PROFILE', { profile, table, file: entriesFile });
}
