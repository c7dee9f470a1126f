import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { modelDiskSources } from '../../bill/sources.ts';
import { writeBillAndManifest } from '../../bill/write.ts';
import { BakedModel } from '../../models/image-facts.ts';
import { modelDiskLabel } from '../../models/model-disk.ts';
import { packagedModelDisk } from '../artefacts.ts';
import { digestFile, digestOf, digestTree } from '../digest.ts';
import { linkFile } from '../link-file.ts';
import type { Manifest } from '../manifest.ts';
import { checkout } from '../places.ts';
import { productVersion } from '../product.ts';
import { ownCatalogue, profileOf } from '../profiles.ts';
import type { Shell } from '../shell.ts';
import type { Stage } from '../stage.ts';
import { modelsFile } from './model.ts';
import { compressDisk } from './package.ts';

/** For directories, inodes and the journal of an ext4 filesystem beside its files: bytes. */
const overhead = 64 * 1024 ** 2;

/**
 * Makes a raw ext4 disk of the files in a directory, labelled as the appliance looks for it.
 * @param bytes of all files
 */
export async function makeModelDisk(
  directory: string,
  disk: string,
  bytes: number,
  shell: Shell,
): Promise<void> {
  const kibibytes = Math.ceil((bytes * 1.02 + overhead) / 1024);
  await rm(disk, { force: true });
  const format = ['mke2fs', '-q', '-t', 'ext4', '-m', '0', '-L', modelDiskLabel, '-d', directory];
  await shell.run([...format, disk, `${kibibytes}k`]);
}

export const modelDiskStage: Stage = {
  name: 'model-disk',
  about: 'a disk of the models, for images that have none',
  room: 0.2,
  modelCopies: 3,
  needs: ['model'],

  async inputs({ profile, models }) {
    return {
      profile,
      version: await productVersion(),
      label: modelDiskLabel,
      catalogue: await digestFile(models?.catalogue ?? ownCatalogue),
      bill: await digestOf(join(checkout, 'src/bill')),
      recipe: await digestFile(fileURLToPath(import.meta.url)),
    };
  },

  async run({ options, output, work, shell, outputOf, progress }) {
    const models = z
      .array(BakedModel)
      .parse(JSON.parse(await readFile(join(outputOf('model'), modelsFile), 'utf8')));
    const directory = join(work, 'files');
    await rm(directory, { recursive: true, force: true });
    await shell.run(['mkdir', '-p', directory]);
    for (const { file } of models) await linkFile(join(outputOf('model'), file), join(directory, file));
    const files = await digestTree(directory);
    progress('writing the disk');
    const raw = join(work, 'models.raw');
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    await makeModelDisk(directory, raw, bytes, shell);
    const path = join(output, packagedModelDisk(options));
    const image = await compressDisk(raw, path, shell, progress);
    const manifest: Manifest = {
      name: 'OnePilot',
      kind: 'models',
      version: await productVersion(),
      profile: options.profile,
      suite: options.suite,
      contextualization: 'agent',
      createdAt: Math.floor(Date.now() / 1000),
      memory: (await profileOf(options)).memory,
      image,
      versions: {},
      enginePatches: [],
      models,
      files,
      npmPackages: [],
      packages: [],
    };
    const sources = await modelDiskSources(models, options.models?.catalogue ?? ownCatalogue);
    await writeBillAndManifest(path, manifest, sources);
  },
};
