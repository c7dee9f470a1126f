import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { beside } from '../builder/artefacts.ts';
import { digestFile } from '../builder/digest.ts';
import { type Manifest, readManifest } from '../builder/manifest.ts';
import { artefactName, artefactSeries } from './artefact-name.ts';

/** In a release's folder: what each artefact was built from. It is for the next run, not for people. */
export const recordFile = '.release.json';

/** The key of the stage that made an artefact, by its series. */
const ReleaseRecord = z.record(z.string(), z.strictObject({ file: z.string(), key: z.string() }));
type ReleaseRecord = z.infer<typeof ReleaseRecord>;

async function readRecord(folder: string): Promise<ReleaseRecord> {
  try {
    return ReleaseRecord.parse(JSON.parse(await readFile(join(folder, recordFile), 'utf8')));
  } catch {
    // Absent, or cut off by a full disk: what it would tell is built again.
    return {};
  }
}

/** Notes what the artefact `file` of a release's folder was built from. */
export async function recordArtefact(folder: string, file: string, key: string): Promise<void> {
  const series = artefactSeries(file) ?? file;
  const record = { ...(await readRecord(folder)), [series]: { file, key } };
  const partial = join(folder, `${recordFile}.partial`);
  await writeFile(partial, JSON.stringify(record, undefined, 1));
  await rename(partial, join(folder, recordFile));
}

/**
 * The artefact of a release's folder that was built from `key`, when it is there with all that belongs to it and is
 * what its manifest says.
 * @param release counts the builds of one version: an artefact of another has another name
 * @returns its path
 */
export async function findArtefact(
  folder: string,
  key: string,
  release: number,
): Promise<string | undefined> {
  const file = Object.values(await readRecord(folder)).find((made) => made.key === key)?.file;
  if (file === undefined) return undefined;
  const path = join(folder, file);
  const manifest = await readManifest(path).catch(() => undefined);
  if (manifest === undefined || artefactName(manifest, release) !== file) return undefined;
  return (await isWhole(path, manifest)) ? path : undefined;
}

async function isWhole(path: string, { image, bill }: Manifest): Promise<boolean> {
  const { sha256, md5, bill: billFile } = beside(path);
  for (const sums of [sha256, md5]) if (!(await stat(sums).catch(() => undefined))) return false;
  if (bill && (await digestFile(billFile).catch(() => undefined)) !== bill.sha256) return false;
  return (await digestFile(path).catch(() => undefined)) === image.sha256;
}
