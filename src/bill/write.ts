import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { beside } from '../builder/artefacts.ts';
import { digestText } from '../builder/digest.ts';
import type { Manifest } from '../builder/manifest.ts';
import { type BillSources, billOfMaterials } from './bill.ts';

/** Writes the bill of materials beside an image, and the manifest that states the bill's hash. */
export async function writeBillAndManifest(
  image: string,
  manifest: Manifest,
  sources: BillSources,
): Promise<void> {
  const path = beside(image);
  const text = billOfMaterials(manifest, sources);
  await writeFile(path.bill, text);
  const bill = { file: basename(path.bill), sha256: digestText(text) };
  await writeFile(path.manifest, `${JSON.stringify({ ...manifest, bill }, undefined, 1)}\n`);
}
