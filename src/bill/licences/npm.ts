import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { BundledPackage } from '../../builder/bundled-packages.ts';
import { checkout } from '../../builder/places.ts';
import { failure } from '../../errors/catalogue.ts';
import type { LicencedPart, LicenceText } from './inventory.ts';
import { mitLicence } from './mit.ts';

const Lockfile = z.looseObject({
  packages: z.record(z.string(), z.looseObject({ version: z.string().optional() })),
});

const Person = z.union([z.string(), z.looseObject({ name: z.string() }).transform(({ name }) => name)]);
const PackageJson = z.looseObject({ license: z.string().optional(), author: Person.optional() });

const licenceFile = /^(licen[sc]e|copying|notice|copyright)/i;
const licenceHeading = /^(?:#+[ \t]*licen[sc]e.*|licen[sc]e[ \t]*\n-+)$/im;

/** What a readme says under the heading «License». */
function licenceSection(readme: string): string | undefined {
  const heading = licenceHeading.exec(readme);
  if (!heading) return undefined;
  const section = readme.slice(heading.index + heading[0].length);
  const end = /^#/m.exec(section)?.index ?? section.length;
  return `${section.slice(0, end).trim()}\n`;
}

/** Licence texts and notices of the package in `folder`, by file name. */
async function textsIn(folder: string, name: string): Promise<Map<string, string>> {
  const read = (file: string) => readFile(join(folder, file), 'utf8');
  const files = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile());
  const own = files.filter((file) => licenceFile.test(file.name)).map((file) => file.name);
  if (own.length > 0) {
    return new Map(await Promise.all(own.sort().map(async (file) => [file, await read(file)] as const)));
  }
  const readme = files.find((file) => /^readme/i.test(file.name))?.name;
  const section = readme === undefined ? undefined : licenceSection(await read(readme));
  if (section !== undefined && /permission is hereby granted/i.test(section)) {
    return new Map([['LICENSE', section]]);
  }
  const { license, author } = PackageJson.parse(JSON.parse(await read('package.json')));
  if (license !== 'MIT' || author === undefined) throw failure('BILL_NO_LICENCE_TEXT', { name, folder });
  return new Map([['LICENSE', mitLicence(name, author)]]);
}

/** Where npm put a package, of which several versions may be installed. */
async function folderOf({ name, version }: BundledPackage, root: string): Promise<string> {
  const lockfile = Lockfile.parse(JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')));
  const found = Object.entries(lockfile.packages).find(
    ([folder, entry]) =>
      entry.version === version &&
      (folder.endsWith(`/node_modules/${name}`) || folder === `node_modules/${name}`),
  );
  if (found) return join(root, found[0]);
  throw failure('BILL_NO_LICENCE_TEXT', { name, folder: join(root, 'node_modules', name) });
}

/**
 * The packages in the bundles with the licences they state and the texts they bring.
 * @param root the directory with package-lock.json and node_modules
 * @throws BILL_NO_LICENCE_TEXT
 */
export async function npmLicences(
  packages: readonly BundledPackage[],
  root: string = checkout,
): Promise<{ parts: LicencedPart[]; texts: LicenceText[] }> {
  const parts: LicencedPart[] = [];
  const texts: LicenceText[] = [];
  // Nested installations of one version are one package.
  for (const bundled of new Map(
    packages.map((entry) => [`${entry.name}@${entry.version}`, entry]),
  ).values()) {
    const { name, version } = bundled;
    const folder = await folderOf(bundled, root);
    const { license } = PackageJson.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
    const own = [...(await textsIn(folder, name))].map(([file, text]) => ({
      path: `npm/${name}@${version}/${file}`,
      text,
    }));
    texts.push(...own);
    parts.push({
      name,
      version,
      ...(license !== undefined && { licence: license }),
      url: `https://www.npmjs.com/package/${name}/v/${version}`,
      texts: own.map(({ path }) => path),
    });
  }
  return { parts, texts };
}
