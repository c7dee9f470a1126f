import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { enginePatches, patchesFolder } from '../builder/engine-patches.ts';
import { checkout } from '../builder/places.ts';
import type { StageRun } from '../builder/stage.ts';
import { readCatalogue } from '../models/catalogue/parse.ts';
import type { BakedModel } from '../models/image-facts.ts';
import type { BillSources } from './bill.ts';
import { copyrightsFile, DebianCopyright } from './debian-copyrights.ts';
import { inventoryFile, LicenceInventory } from './licences/inventory.ts';
import { modelLicences } from './licences/models.ts';

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'));
}

/** What the stages before it know for the bill of an image. */
export async function imageSources(outputOf: StageRun['outputOf']): Promise<BillSources> {
  const programs = LicenceInventory.parse(await readJson(join(outputOf('payload'), inventoryFile)));
  const patches = (await enginePatches()).map(
    async ({ file }) => [file, await readFile(join(checkout, patchesFolder, file), 'utf8')] as const,
  );
  return {
    copyrights: z.array(DebianCopyright).parse(await readJson(join(outputOf('base'), copyrightsFile))),
    programs,
    models: programs.models,
    patches: new Map(await Promise.all(patches)),
  };
}

/**
 * What a catalogue knows for the bill of a disk of models.
 * @throws CATALOGUE_UNREADABLE, CATALOGUE_WRONG
 */
export async function modelDiskSources(
  models: readonly BakedModel[],
  catalogue: string,
): Promise<BillSources> {
  const licences = modelLicences(models, await readCatalogue(catalogue));
  return { copyrights: [], models: licences, patches: new Map() };
}
