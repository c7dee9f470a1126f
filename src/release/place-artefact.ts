import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beside } from '../builder/artefacts.ts';
import { digestFile } from '../builder/digest.ts';
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
 * Puts an artefact and what belongs to it into a release's folder, under the name that it is uploaded by. What
 * lies there already stays, and with it a signature that was made.
 * @returns its path there
 * @throws MANIFEST_MISSING, MANIFEST_WRONG
 */
export async function placeArtefact(from: string, folder: string, release: number): Promise<string> {
  const manifest = await readManifest(from);
  const file = artefactName(manifest, release);
  const path = join(folder, file);
  const to = beside(path);
  const wanted = `${JSON.stringify(renamed(manifest, file), undefined, 1)}\n`;
  if ((await digestFile(path).catch(() => undefined)) !== manifest.image.sha256) await linkFile(from, path);
  await writeFile(to.sha256, `${manifest.image.sha256}  ${basename(path)}\n`);
  await writeFile(to.md5, `${manifest.image.md5}  ${basename(path)}\n`);
  if (manifest.bill) await copyFile(beside(from).bill, to.bill);
  // Last: it says that the rest is there.
  if ((await readFile(to.manifest, 'utf8').catch(() => '')) !== wanted) await writeFile(to.manifest, wanted);
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
