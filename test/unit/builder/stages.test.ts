import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stagesFor } from '../../../src/builder/build-image.ts';
import { requiredPackages } from '../../../src/builder/doctor.ts';
import { safeCpus, trialGuest } from '../../../src/builder/hypervisor.ts';
import { checkout } from '../../../src/builder/places.ts';
import { duration } from '../../../src/builder/progress.ts';
import { packagesOf, packageTable } from '../../../src/builder/stages/base.ts';
import { wantsPlugins } from '../../../src/builder/stages/packer.ts';

describe('stages', () => {
  it('come after everything they need', () => {
    const seen = new Set<string>();
    for (const { name, needs } of stagesFor(undefined)) {
      expect(needs.filter((need) => !seen.has(need))).toEqual([]);
      seen.add(name);
    }
  });

  it('can stop early with all that is needed', () => {
    expect(stagesFor('payload').map(({ name }) => name)).toEqual(['engine', 'app', 'model', 'payload']);
  });
});

it('adds the plugin block from packer 1.7 on, not to 1.6.6', () => {
  expect(['Packer v1.6.6', 'Packer v1.7.0', 'Packer v1.11.2', 'Packer v2.0.0'].map(wantsPlugins)).toEqual([
    false,
    true,
    true,
    true,
  ]);
});

it('reads the hash of each package from apt-cache show', () => {
  const records =
    'Package: b\nVersion: 2\nArchitecture: all\nSHA256: bb\n\nPackage: a\nVersion: 1\nArchitecture: amd64\nSHA256: aa\n';
  expect(packageTable(records)).toBe('a\t1\tamd64\taa\nb\t2\tall\tbb\n');
});

it('gives a guest one CPU where emulation is too old for more', () => {
  expect(safeCpus({ accelerator: 'tcg', qemu: 7 }, 8)).toBe(1);
  expect(safeCpus({ accelerator: 'tcg', qemu: 10 }, 2)).toBe(2);
  expect(safeCpus({ accelerator: 'kvm', qemu: 7 }, 64)).toBe(4);
});

it('makes a boot sector', () => {
  const sector = trialGuest(true);
  expect(sector).toHaveLength(512);
  expect([...sector.slice(510)]).toEqual([0x55, 0xaa]);
  expect(trialGuest(false)).not.toEqual(sector);
});

it('prints durations', () => {
  expect([900, 61_000, 571_400].map(duration)).toEqual(['0.9s', '1m01s', '9m31s']);
});

it('installs a DHCP client where ifupdown applies the network, and nowhere else', async () => {
  expect(await packagesOf('one-context')).toEqual(expect.arrayContaining(['dhcpcd-base', 'openssh-server']));
  expect(await packagesOf('agent')).not.toContain('dhcpcd-base');
});

it('lists packages of the image that exist once each', async () => {
  const text = await readFile(join(checkout, 'appliance/packages.yaml'), 'utf8');
  const names = [...text.matchAll(/^ {2}- (\S+)$/gm)].map(([, name]) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(Object.keys(requiredPackages)).toEqual([...Object.keys(requiredPackages)].sort());
});
