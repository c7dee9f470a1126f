import { copyFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beside } from '../builder/artefacts.ts';
import { linkFile } from '../builder/link-file.ts';
import { type Manifest, readManifest } from '../builder/manifest.ts';
import { artefactName, artefactSeries } from './artefact-name.ts';

/** The manifest of an artefact that is called `file`: nothing else in it changes. Pure. */
export function renamed(manifest: Manifest, file: string): Manifest {
  const { image, bill } = manifest;
  return {
    ...manifest,
    image: { ...image, file },
    ...(bill && { bill: { ...bill, file: beside(file).bill } }),
  };
}

/**
 * Puts an artefact and what belongs to it into a release's folder, under the name that it is uploaded by. Where it
 * lies there already, nothing is written: a signature that was made stays good.
 * @returns its path there
 * @throws MANIFEST_MISSING, MANIFEST_WRONG
 */
export async function placeArtefact(from: string, folder: string, release: number): Promise<string> {
  const manifest = await readManifest(from);
  const file = artefactName(manifest, release);
  const path = join(folder, file);
  const to = beside(path);
  const wanted = `${JSON.stringify(renamed(manifest, file), undefined, 1)}\n`;
  const isThere =
    (await readFile(to.manifest, 'utf8').catch(() => '')) === wanted &&
    (await stat(path).catch(() => undefined))?.size === manifest.image.size;
  if (isThere) return path;
  await linkFile(from, path);
  await writeFile(to.sha256, `${manifest.image.sha256}  ${basename(path)}\n`);
  await writeFile(to.md5, `${manifest.image.md5}  ${basename(path)}\n`);
  if (manifest.bill) await copyFile(beside(from).bill, to.bill);
  // Last: it says that the rest is there.
  await writeFile(to.manifest, wanted);
  return path;
}

/** Removes earlier builds of these artefacts, which have other names. Those of other profiles stay. */
export async function removeEarlier(folder: string, artefacts: readonly string[]): Promise<void> {
  const kept = artefacts.map((path) => basename(path));
  const series = new Set(kept.map(artefactSeries));
  for (const name of await readdir(folder)) {
    const own = artefactSeries(name);
    const isKept = kept.some((one) => name === one || name.startsWith(`${one}.`));
    if (own !== undefined && series.has(own) && !isKept) await rm(join(folder, name));
  }
}
