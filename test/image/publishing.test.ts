import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { type Manifest, readManifest } from '../../src/builder/manifest.ts';
import { submissionFolder } from '../../src/release/release.ts';
import { verifyImage } from '../../src/signature/verify.ts';
import { prove } from '../../src/vm/proof.ts';
import { startAppliance, type TestAppliance } from './support/appliance.ts';

/** What following docs/publishing.md left (scripts/test.ts). */
const folder = process.env.ONEPILOT_RELEASE ?? '';
if (folder === '')
  throw new Error('Set ONEPILOT_RELEASE to the folder of a rehearsed release (docs/publishing.md).');

const names = await readdir(folder);
const artefacts = names.filter((name) => name.endsWith('.qcow2'));
const manifests = new Map<string, Manifest>(
  await Promise.all(artefacts.map(async (name) => [name, await readManifest(join(folder, name))] as const)),
);

function only(wanted: (manifest: Manifest) => boolean): string {
  const found = [...manifests].filter(([, manifest]) => wanted(manifest));
  expect(found).toHaveLength(1);
  return join(folder, found[0]?.[0] ?? '');
}

const Template = z.looseObject({
  type: z.literal('VMTEMPLATE'),
  disks: z.array(z.string()),
  opennebula_template: z.record(z.string(), z.unknown()),
});

/** The entry of the marketplace that puts system and models together. */
async function templateEntry(): Promise<z.infer<typeof Template>> {
  const entries = join(folder, submissionFolder, 'appliances/onepilot');
  for (const name of await readdir(entries)) {
    if (!/^[0-9a-f-]{36}\.yaml$/.test(name)) continue;
    const read = Template.safeParse(parse(await readFile(join(entries, name), 'utf8')));
    if (read.success) return read.data;
  }
  throw new Error('There is no such entry.');
}

let vm: TestAppliance | undefined;
afterAll(() => vm?.destroy());

describe('the release', () => {
  it('holds an image with models, the system without, and a disk of the models, each with all that belongs to it', () => {
    const kinds = [...manifests.values()].map(({ kind, profile }) => `${kind} ${profile}`);
    expect(kinds.sort()).toEqual(['image bare', 'image smoke', 'models smoke']);
    for (const name of artefacts) {
      for (const ending of ['.manifest.json', '.manifest.json.sig', '.cdx.json', '.sha256', '.md5']) {
        expect(names).toContain(`${name}${ending}`);
      }
    }
    expect(names).toEqual(
      expect.arrayContaining(['SHA256SUMS', 'RELEASE_NOTES.md', 'LICENSE', submissionFolder]),
    );
  });

  it('is signed by the key that was given, and by nobody else', async () => {
    const signers = join(folder, '../allowed_signers');
    for (const name of artefacts) {
      const { signer, problems } = await verifyImage(join(folder, name), signers);
      expect(problems).toEqual([]);
      expect(signer?.principal).toBe('rehearsal@localhost');
    }
  });

  it('has OpenNebula’s contextualization package in what boots', () => {
    for (const { kind, contextualization, packages } of manifests.values()) {
      if (kind === 'models') continue;
      expect(contextualization).toBe('one-context');
      expect(packages.map(({ name }) => name)).toContain('one-context');
    }
  });

  it('answers from the system and the disk of models, put together as the marketplace’s template does', async () => {
    const { opennebula_template: template } = await templateEntry();
    const presets = Object.entries(template).flatMap(([name, value]) =>
      name.startsWith('ONEAPP_') && typeof value === 'string' ? [[name, value] as const] : [],
    );
    expect(presets.length).toBeGreaterThan(0);
    const image = only(({ kind, profile }) => kind === 'image' && profile === 'bare');
    const modelDisk = only(({ kind }) => kind === 'models');
    expect(basename(modelDisk)).toMatch(/^onepilot-models-smoke-/);
    vm = await startAppliance(Object.fromEntries(presets), { image, modelDisk });
    await vm.ready();
    expect((await prove(await vm.endpoint())).models).toEqual(['onepilot-smoke']);
    expect(await vm.ssh('ls /var/lib/onepilot/models')).not.toContain('.gguf');
  });
});
