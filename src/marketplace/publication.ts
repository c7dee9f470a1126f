import { ownCatalogue } from '../builder/profiles.ts';
import { failure } from '../errors/catalogue.ts';
import { readCatalogue } from '../models/catalogue/parse.ts';
import { type Entries, entriesFile, readEntries } from './entries.ts';
import type { Publication } from './entry.ts';

/**
 * What entries have in common, with the virtual CPUs of each profile: the catalogue's, else those of the table.
 * @param catalogue path of the one that the images were built from
 * @throws MARKETPLACE_ENTRIES_WRONG, CATALOGUE_UNREADABLE, CATALOGUE_WRONG
 */
export async function readPublication(
  release: number,
  email?: string,
  catalogue: string = ownCatalogue,
): Promise<Publication> {
  const entries = await readEntries();
  const { profiles } = await readCatalogue(catalogue);
  const known = new Map(Object.entries(profiles).map(([name, { vm }]) => [name, vm.cpus]));
  return { entries, release, email, vcpus: (profile) => known.get(profile) ?? ownVcpus(entries, profile) };
}

function ownVcpus({ vcpus }: Entries, profile: string): number {
  const found = Object.hasOwn(vcpus, profile) ? vcpus[profile] : undefined;
  if (found !== undefined) return found;
  throw failure('MARKETPLACE_UNKNOWN_SIZE', { profile, file: entriesFile });
}
