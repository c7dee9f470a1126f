import { readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod';

/** What Debian says of the origin of a package, kept beside the base system's disk until the bill is made. */
export const DebianCopyright = z.strictObject({
  package: z.string(),
  /** Source package it was built from, and that one's version. */
  source: z.string(),
  sourceVersion: z.string(),
  /** `/usr/share/doc/PACKAGE/copyright` (Debian Policy 12.5); absent where the package brought none. */
  text: z.string().optional(),
});
export type DebianCopyright = z.infer<typeof DebianCopyright>;

/** Name of their list in the base stage's output. */
export const copyrightsFile = 'copyrights.json';

/** The copyright file of a package, whose directory may be a link to that of another package of the same source. */
async function copyrightText(root: string, name: string): Promise<string | undefined> {
  const documents = join(root, 'usr/share/doc');
  // By its last part: an absolute link would lead out of the tree.
  const folder = await readlink(join(documents, name)).then(
    (target) => basename(target),
    () => name,
  );
  return readFile(join(documents, folder, 'copyright'), 'utf8').catch(() => undefined);
}

/**
 * Collects the copyright files of a Debian tree.
 * @param records of the installed packages, as `apt-cache show` prints them
 */
export async function debianCopyrights(root: string, records: string): Promise<DebianCopyright[]> {
  const found: DebianCopyright[] = [];
  for (const record of records.split(/\n\n+/)) {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(record)?.[1];
    const name = field('Package');
    if (name === undefined) continue;
    // `Source: glibc (2.41-12)`; absent where name and version are the package's own.
    const [, source = name, version] = /^(\S+)(?: \((.+)\))?$/.exec(field('Source') ?? name) ?? [];
    const text = await copyrightText(root, name);
    found.push({
      package: name,
      source,
      sourceVersion: version ?? field('Version') ?? '',
      ...(text !== undefined && { text }),
    });
  }
  return found.sort((a, b) => (a.package < b.package ? -1 : 1));
}
