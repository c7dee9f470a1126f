import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { offeredVariables } from '../../../src/context/user-inputs.ts';
import type { Publication } from '../../../src/marketplace/entry.ts';
import { modelPresets } from '../../../src/marketplace/model-presets.ts';
import { readPublication } from '../../../src/marketplace/publication.ts';
import { readSources } from '../../../src/marketplace/sources.ts';
import { type Artefacts, renderSubmission } from '../../../src/marketplace/submission.ts';
import { bareImage, createdAt, modelDisk, published, someModel } from './artefacts.ts';

const publication = await readPublication(2, 'team@onepilot.eu');
const sources = await readSources();
const identities = publication.entries;

const complete: Artefacts = { image: published() };
const split: Artefacts = {
  image: published(),
  split: {
    system: published(bareImage),
    modelDisks: [published({ ...modelDisk, createdAt: createdAt + 86_400 })],
  },
};

function texts(artefacts: Artefacts, how: Publication = publication): Map<string, string> {
  const files = renderSubmission(artefacts, how, sources);
  return new Map([...files].map(([path, { content }]) => [path, Buffer.from(content).toString('latin1')]));
}

const Entry = z.looseObject({
  opennebula_template: z.record(z.string(), z.unknown()),
});

/** An entry as Ruby reads it, which takes YES and 0755 for no strings unless they are quoted. */
function entry(artefacts: Artefacts, uuid = '') {
  const text = renderSubmission(artefacts, publication, sources).get(path(uuid))?.content.toString() ?? '';
  return z.looseObject({}).parse(parse(text, { version: '1.1' }));
}

function path(uuid = '') {
  return `appliances/onepilot/${uuid}.yaml`;
}

/** Every leaf of a tree. */
function leaves(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [value];
}

describe('a submission', () => {
  it('has every file that the marketplace wants, and no folder of somebody else', () => {
    expect([...texts(complete).keys()].sort()).toEqual(
      [
        'PULL_REQUEST.md',
        path(identities.images['8gb']?.uuid),
        'appliances/onepilot/CHANGELOG.md',
        'appliances/onepilot/README.md',
        'appliances/onepilot/appliance.sh',
        'appliances/onepilot/context.yaml',
        'appliances/onepilot/metadata.yaml',
        'appliances/onepilot/tests.yaml',
        ...[...sources.tests.keys()].map((name) => `appliances/onepilot/tests/${name}`),
        'apps-code/community-apps/packer/onepilot/fetch-image.sh',
        'apps-code/community-apps/packer/onepilot/onepilot.pkr.hcl',
        'apps-code/community-apps/packer/onepilot/release.auto.pkrvars.json',
        'apps-code/community-apps/packer/onepilot/variables.pkr.hcl',
        'logos/onepilot.png',
      ].sort(),
    );
  });

  it('is the same for the same artefacts', () => {
    expect(texts(split)).toEqual(texts(split));
  });

  it('leaves out an address that nobody gave', () => {
    const { email, ...without } = publication;
    expect(email).toBe('team@onepilot.eu');
    expect([...texts(complete, without).values()].join()).not.toContain('publisher_email');
  });
});

describe('the entry of an image', () => {
  const data = entry(complete, identities.images['8gb']?.uuid);

  it('states what the image is', () => {
    expect(data).toMatchObject({
      name: 'OnePilot 8 GB',
      version: '1.2.3-2-20261121',
      'one-apps_version': '7.2.1-0',
      publisher_email: 'team@onepilot.eu',
      format: 'qcow2',
      creation_time: createdAt,
      'os-id': 'Debian',
      'os-release': '13',
      'os-arch': 'x86_64',
      hypervisor: 'KVM',
      opennebula_version: '6.10, 7.0, 7.2, 7.4',
      logo: 'onepilot.png',
      images: [
        {
          name: 'onepilot-8gb',
          url: 'https://downloads.onepilot.eu/onepilot-8gb-one-context.qcow2',
          type: 'OS',
          dev_prefix: 'vd',
          driver: 'qcow2',
          size: 8 * 1024 ** 3,
          checksum: { md5: 'd'.repeat(32), sha256: 'c'.repeat(64) },
        },
      ],
    });
  });

  it('asks for the VM of the profile, with the CPU of the host', () => {
    expect(data.opennebula_template).toMatchObject({
      cpu: '4',
      vcpu: '4',
      memory: '8192',
      cpu_model: { model: 'host-passthrough' },
    });
  });

  it('holds nothing but filled strings in its template, none with a quote, and no device of a site', () => {
    const { opennebula_template: template } = Entry.parse(data);
    for (const leaf of leaves(template)) expect(leaf).toMatch(/^[^"]+$/);
    expect(Object.keys(template)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(nic|disk|pci)$/i)]),
    );
  });

  it('hands every answer of the form to the VM, and in the order of the table', () => {
    const names = offeredVariables().map(({ name }) => name);
    expect(data.opennebula_template).toMatchObject({
      inputs_order: names.join(','),
      context: Object.fromEntries(names.map((name) => [name, `$${name}`])),
    });
    expect(
      Object.keys(
        z.looseObject({ user_inputs: z.looseObject({}) }).parse(data.opennebula_template).user_inputs,
      ),
    ).toEqual(names);
  });

  it('says plainly that the test build is no copilot', () => {
    const smoke = entry({ image: published({ profile: 'smoke' }) }, identities.images.smoke?.uuid);
    expect(smoke.description).toContain('no copilot');
    expect(data.description).not.toContain('no copilot');
  });
});

describe('several profiles', () => {
  it('lie side by side: an entry for each image and disk, one for the system they share', () => {
    const { images, system, modelDisks, templates } = identities;
    const profiles = ['8gb', '16gb'] as const;
    const disks = profiles.map((profile) => published({ ...modelDisk, profile }));
    const artefacts: Artefacts = {
      image: published(),
      more: [published({ profile: '16gb' })],
      split: { system: published(bareImage), modelDisks: disks },
    };
    const uuids = profiles.flatMap((profile) =>
      [images, modelDisks, templates].map((table) => table[profile]?.uuid),
    );
    const wanted = [system.uuid, ...uuids].map((uuid) => path(uuid)).sort();
    const entries = [...texts(artefacts).keys()].filter((name) => /[0-9a-f]{12}\.yaml$/.test(name));
    expect(entries.sort()).toEqual(wanted);
  });
});

describe('a system and a disk of models', () => {
  const { system, modelDisks, templates } = identities;

  it('are three more entries, the disk without a VM template', () => {
    expect(entry(split, system.uuid)).toMatchObject({ name: 'OnePilot system', images: [{ type: 'OS' }] });
    const disk = entry(split, modelDisks['8gb']?.uuid);
    expect(disk).toMatchObject({ 'os-id': 'none', images: [{ type: 'DATABLOCK' }] });
    expect(disk).not.toHaveProperty('opennebula_template');
  });

  it('come together in a VM template that names both apps and the file of each role', () => {
    const template = entry(split, templates['8gb']?.uuid);
    const chat = 'disk:ONEPILOT-MODELS/qwen3.5-4b.gguf';
    expect(template).toMatchObject({
      type: 'VMTEMPLATE',
      disks: ['OnePilot system', 'OnePilot models 8 GB'],
      version: '1.2.3-2-20261122',
      opennebula_template: {
        memory: '8192',
        ONEAPP_COPILOT_AI_MODEL: chat,
        ONEAPP_COPILOT_COMPLETE_MODEL: 'disk:ONEPILOT-MODELS/qwen2.5-coder-1.5b-q4.gguf',
        ONEAPP_COPILOT_EMBED_MODEL: 'disk:ONEPILOT-MODELS/qwen3-embedding-0.6b.gguf',
        user_inputs: { ONEAPP_COPILOT_AI_MODEL: expect.stringMatching(new RegExp(`\\|\\|${chat}$`)) },
        context: { ONEAPP_COPILOT_AI_MODEL: '$ONEAPP_COPILOT_AI_MODEL' },
      },
    });
    expect(template).not.toHaveProperty('images');
  });
});

describe('the models of a disk', () => {
  it('have each the role that no other has, where there is a choice', () => {
    const models = [someModel('both', ['chat', 'complete']), someModel('filler', ['complete'])];
    expect([...modelPresets(models)]).toEqual([
      ['ONEAPP_COPILOT_AI_MODEL', 'disk:ONEPILOT-MODELS/both.gguf'],
      ['ONEAPP_COPILOT_COMPLETE_MODEL', 'disk:ONEPILOT-MODELS/filler.gguf'],
    ]);
  });

  it('have several roles where there is none', () => {
    expect([...modelPresets([someModel('both', ['chat', 'complete'])]).values()]).toEqual([
      'disk:ONEPILOT-MODELS/both.gguf',
      'disk:ONEPILOT-MODELS/both.gguf',
    ]);
  });
});

it('a profile without an identity is refused, naming the file for it', () => {
  const image = published({ profile: 'constructor' });
  expect(() => renderSubmission({ image }, publication, sources)).toThrow(
    expect.objectContaining({
      code: 'MARKETPLACE_UNKNOWN_SIZE',
      fix: expect.stringContaining('appliance/marketplace/entries.yaml'),
    }),
  );
  const how = { ...publication, vcpus: () => 2 };
  expect(() => renderSubmission({ image }, how, sources)).toThrow(
    expect.objectContaining({
      code: 'MARKETPLACE_UNKNOWN_PROFILE',
      fix: expect.stringContaining('appliance/marketplace/entries.yaml'),
    }),
  );
});

it('an image of unknown Debian has no entry', () => {
  expect(() => renderSubmission({ image: published({ packages: [] }) }, publication, sources)).toThrow(
    expect.objectContaining({ code: 'MARKETPLACE_NO_RELEASE' }),
  );
});
