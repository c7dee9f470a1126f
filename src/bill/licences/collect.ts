import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BundledPackage } from '../../builder/bundled-packages.ts';
import type { Catalogue } from '../../models/catalogue/schema.ts';
import type { BakedModel } from '../../models/image-facts.ts';
import { engineLicences } from './engine.ts';
import { licencesPage } from './index-page.ts';
import type { LicenceInventory, LicenceText } from './inventory.ts';
import { modelLicences } from './models.ts';
import { nodeLicences } from './node.ts';
import { npmLicences } from './npm.ts';

/** What licences are collected from. */
export interface LicenceSources {
  /** Version of OnePilot. */
  readonly version: string;
  /** llama.cpp: git bundle with its source, and its release. */
  readonly engine: { readonly bundle: string; readonly version: string };
  /** Folder of the npm package that brings Node.js. */
  readonly node: string;
  readonly npmPackages: readonly BundledPackage[];
  readonly models: readonly BakedModel[];
  readonly catalogue: Catalogue;
}

/**
 * Collects the licences of everything in an image that is neither Debian's nor OnePilot's own.
 * @param work directory for a clone of the engine's source, removed afterwards
 * @throws BILL_NO_LICENCE_TEXT
 */
export async function collectLicences(
  { version, engine, node, npmPackages, models, catalogue }: LicenceSources,
  work: string,
): Promise<{ inventory: LicenceInventory; texts: LicenceText[] }> {
  const ofEngine = await engineLicences(engine.bundle, engine.version, work);
  const ofNode = await nodeLicences(node);
  const ofNpm = await npmLicences(npmPackages);
  const inventory: LicenceInventory = {
    engine: ofEngine.program,
    node: ofNode.program,
    npm: ofNpm.parts,
    models: modelLicences(models, catalogue),
  };
  const page = { path: 'README.md', text: licencesPage(version, inventory) };
  return { inventory, texts: [page, ...ofEngine.texts, ...ofNode.texts, ...ofNpm.texts] };
}

/** Writes the texts into the folder of licences, which is made. */
export async function writeLicences(folder: string, texts: readonly LicenceText[]): Promise<void> {
  for (const { path, text } of texts) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o755 });
    await writeFile(file, text, { mode: 0o644 });
  }
}
