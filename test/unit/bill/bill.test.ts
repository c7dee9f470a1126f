import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { billOfMaterials } from '../../../src/bill/bill.ts';
import { writeBillAndManifest } from '../../../src/bill/write.ts';
import { beside } from '../../../src/builder/artefacts.ts';
import { digestFile } from '../../../src/builder/digest.ts';
import { readManifest } from '../../../src/builder/manifest.ts';
import { manifest, sources } from './fixture.ts';

const Component = z.looseObject({
  type: z.string(),
  name: z.string(),
  version: z.string().optional(),
  purl: z.string().optional(),
  'bom-ref': z.string(),
  get components() {
    return z.array(Component).optional();
  },
});
const Bill = z.looseObject({
  serialNumber: z.string(),
  metadata: z.looseObject({ timestamp: z.string(), component: Component }),
  components: z.array(Component),
  dependencies: z.array(z.looseObject({ ref: z.string(), dependsOn: z.array(z.string()).optional() })),
});

const text = billOfMaterials(manifest, sources);
const bill = Bill.parse(JSON.parse(text));

function component(reference: string) {
  return bill.components.find((found) => found['bom-ref'] === reference);
}

/** Problems by the official schema, with everything unknown refused; null when there is none. */
function strictly(json: string) {
  return new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(json);
}

describe('a bill of materials', () => {
  it('is valid by the strict schema of CycloneDX 1.6, which refuses what it does not know', async () => {
    expect(await strictly(text)).toBeNull();
    expect(await strictly(text.replace('"pedigree"', '"pedigrees"'))).not.toBeNull();
  });

  it('holds every package and model of the manifest, llama.cpp, Node and Debian, and nothing else', () => {
    const packageUrls = bill.components.map(({ purl, 'bom-ref': reference }) => purl ?? reference);
    expect(packageUrls.sort()).toEqual([
      'debian-trixie',
      'pkg:deb/debian/base-files@13.8%2Bdeb13u5?arch=amd64&distro=trixie',
      'pkg:deb/debian/libgcc-s1@14.2.0-19?arch=amd64&distro=trixie&upstream=gcc-14',
      'pkg:deb/debian/login@1:4.16.0-2%2Breally2.41-5?arch=amd64&distro=trixie&upstream=util-linux%402.41-5',
      'pkg:deb/opennebula/one-context@7.2.1-1?arch=all',
      'pkg:generic/node@24.21.0',
      'pkg:github/ggml-org/llama.cpp@v0.5.0',
      'pkg:huggingface/Some/Coder-GGUF@0123abc',
      'pkg:npm/%40fastify/error@4.2.1',
      'pkg:npm/tslib@1.14.1',
      'pkg:npm/tslib@2.9.1',
    ]);
  });

  it('says that the image depends on all of it, and programs on what they carry', () => {
    const dependencies = new Map(bill.dependencies.map(({ ref, dependsOn = [] }) => [ref, dependsOn]));
    const all = bill.components.map((found) => found['bom-ref']);
    expect([...(dependencies.get('onepilot') ?? [])].sort()).toEqual(all.sort());
    expect(dependencies.get('node')).toEqual(['node/openssl']);
    expect(dependencies.get('llama.cpp')).toEqual(['llama.cpp/json', 'llama.cpp/sha256.c']);
  });

  it('is about the image by its hash, and the same for the same image', () => {
    expect(bill.metadata.component).toMatchObject({
      name: 'OnePilot',
      version: '1.2.3',
      hashes: expect.arrayContaining([{ alg: 'SHA-256', content: manifest.image.sha256 }]),
    });
    expect(bill.metadata.timestamp).toBe(new Date(manifest.createdAt * 1000).toISOString());
    expect(bill.serialNumber).toBe('urn:uuid:01234567-89ab-8def-8123-456789abcdef');
    expect(billOfMaterials(structuredClone(manifest), sources)).toBe(text);
    const image = { ...manifest.image, sha256: 'b'.repeat(64) };
    expect(billOfMaterials({ ...manifest, image }, sources)).not.toContain(bill.serialNumber);
  });

  it('does not name the file, which is called otherwise when it is published', () => {
    const image = { ...manifest.image, file: 'onepilot-8gb-1.2.3-1-20261121.qcow2' };
    expect(billOfMaterials({ ...manifest, image }, sources)).toBe(text);
  });

  it('has the hash and the licences of a Debian package, and where its copyright file is', () => {
    const login = bill.components.find(({ name }) => name === 'login');
    expect(login).toMatchObject({
      hashes: [{ alg: 'SHA-256', content: '3'.repeat(64) }],
      licenses: [{ license: { id: 'GPL-2.0-or-later' } }],
      properties: expect.arrayContaining([
        { name: 'onepilot:copyright', value: '/usr/share/doc/login/copyright' },
        { name: 'onepilot:debian:source', value: 'util-linux 2.41-5' },
      ]),
    });
  });

  it('names a licence that only people can read, and that of one-context', () => {
    const licencesOf = (name: string) => bill.components.find((found) => found.name === name)?.licenses;
    expect(licencesOf('libgcc-s1')).toMatchObject([
      { license: { name: 'LicenseRef-Debian-copyright-of-gcc-14' } },
    ]);
    expect(licencesOf('one-context')).toMatchObject([{ license: { id: 'Apache-2.0' } }]);
  });

  it('has the hash of an npm package as the lockfile pins it, and a choice of licences as one', () => {
    expect(component('pkg:npm/tslib@2.9.1')).toMatchObject({
      hashes: [{ alg: 'SHA-512', content: '03'.repeat(64) }],
      licenses: [{ expression: '(MIT OR 0BSD)' }],
    });
  });

  it('says from which commit the engine is, and holds the patches to it', () => {
    expect(component('llama.cpp')).toMatchObject({
      pedigree: {
        commits: [{ uid: 'de3ff815ea7d559ee917f063901b8986f038abc6' }],
        patches: [
          {
            type: 'unofficial',
            diff: { text: { content: 'diff --git a/x b/x\n' } },
            resolves: [{ type: 'enhancement', name: 'Slots are free sooner' }],
          },
        ],
      },
    });
  });

  it('has the hash of what runs as engine and as Node', () => {
    expect(component('llama.cpp')?.hashes).toEqual([{ alg: 'SHA-256', content: 'e'.repeat(64) }]);
    expect(component('node')?.hashes).toEqual([{ alg: 'SHA-256', content: 'd'.repeat(64) }]);
  });

  it('has hash, licence and source of a model', () => {
    expect(component('model:some-coder')).toMatchObject({
      type: 'machine-learning-model',
      hashes: [{ alg: 'SHA-256', content: 'c'.repeat(64) }],
      licenses: [
        { license: { id: 'Apache-2.0', url: 'https://huggingface.co/Some/Coder/blob/main/LICENSE' } },
      ],
      externalReferences: [
        { type: 'distribution', url: 'https://huggingface.co/Some/Coder-GGUF/blob/0123abc/coder-Q4.gguf' },
      ],
    });
  });

  it('of a disk of models holds the models alone', async () => {
    const disk = { ...manifest, kind: 'models' as const, packages: [], npmPackages: [], enginePatches: [] };
    const json = billOfMaterials(disk, { ...sources, programs: undefined });
    expect(await strictly(json)).toBeNull();
    expect(Bill.parse(JSON.parse(json)).components.map(({ name }) => name)).toEqual(['some-coder']);
  });

  it('lies beside the image, and the manifest states its hash', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onepilot-bill-'));
    try {
      const image = join(folder, manifest.image.file);
      await writeBillAndManifest(image, manifest, sources);
      expect(await readFile(beside(image).bill, 'utf8')).toBe(text);
      expect(await readManifest(image)).toEqual({
        ...manifest,
        bill: { file: `${manifest.image.file}.cdx.json`, sha256: await digestFile(beside(image).bill) },
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
