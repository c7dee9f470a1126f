import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { failure } from '../errors/catalogue.ts';
import { checkout } from './places.ts';

/** An npm package whose code is in a bundle. */
export const BundledPackage = z.strictObject({
  name: z.string(),
  version: z.string(),
  /** Subresource integrity of the package file, from package-lock.json. */
  integrity: z.string(),
});
export type BundledPackage = z.infer<typeof BundledPackage>;

const Lockfile = z.looseObject({
  packages: z.record(
    z.string(),
    z.looseObject({ version: z.string().optional(), integrity: z.string().optional() }),
  ),
});

/** The folder in node_modules that a bundled file comes from: the last one, since packages nest. */
function packageFolder(file: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];
}

/**
 * The npm packages that `files`, an esbuild metafile's inputs, come from, as the lockfile pins them.
 * @throws BUILD_STALE_MODULES for one that it does not pin
 */
export async function bundledPackages(files: readonly string[]): Promise<BundledPackage[]> {
  const lockfile = Lockfile.parse(JSON.parse(await readFile(join(checkout, 'package-lock.json'), 'utf8')));
  const folders = new Set(files.flatMap((file) => packageFolder(file) ?? []));
  return [...folders].sort().map((folder) => {
    // Where node_modules is a link, what precedes it leads out of the checkout.
    const entry = lockfile.packages[folder.replace(/^.*?(?=node_modules\/)/, '')];
    if (!entry?.version || !entry.integrity) throw failure('BUILD_STALE_MODULES', { path: folder });
    const { version, integrity } = entry;
    return { name: folder.replace(/^.*node_modules\//, ''), version, integrity };
  });
}
