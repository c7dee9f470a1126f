import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditImage } from '../../src/audit/audit-image.ts';
import { openRawDisk } from '../../src/audit/disk.ts';
import { type Manifest, readManifest } from '../../src/builder/manifest.ts';
import { imageUnderTest, type Workplace, workplace } from './support/appliance.ts';

const unowned = (path: string) => `ownership: ${path} belongs to no package and is not in the manifest`;

/** What is put into a copy of the image, and all that is found then. */
const spoils: Readonly<Record<string, readonly string[]>> = {
  'a file of a package that everybody can write': [
    'world-writable: /etc/bash.bashrc can be written by everybody (666)',
  ],
  'a directory that belongs to somebody': ['owners: /etc/ssl belongs to 1000, not to root'],
  'a directory that a group can write': ['owners: /usr/lib/onepilot can be written by the group 100'],
  'a setuid bit more': ['privileged: /usr/bin/ls has rights of its own: setuid'],
  'a private key, in a file with a harmless name': [
    'credentials: /etc/ssl/notes.txt holds a private key',
    unowned('/etc/ssl/notes.txt'),
  ],
  'a key that lets its owner in': [
    'credentials: /root/.ssh/authorized_keys is where credentials are kept',
    `${unowned('/root/.ssh')}, with 1 more in it`,
  ],
  'a program of nobody': [unowned('/usr/bin/spy')],
  'a package that the manifest does not name': [
    'packages: the package spy (1.0 all) is installed, but not in the manifest',
  ],
  'a changed program of Debian': ['ownership: /usr/bin/less is not what the package less brought'],
  'a changed program of ours': [
    'ownership: /usr/lib/onepilot/look-again has another content than in the manifest',
  ],
  'a unit that starts by itself': [
    'services: /etc/systemd/system/multi-user.target.wants/spy.service starts what nobody stated',
    'services: /etc/systemd/system/multi-user.target.wants/spy.service leads to /usr/lib/systemd/system/spy.service, which is no unit that bears its name',
  ],
  'a program of Debian that has become a fifo': [
    'ownership: /usr/bin/zgrep is a fifo, but a file of the package gzip',
  ],
  'a boot loader beneath the EFI partition': [
    'disk: /boot/efi/spy.efi is covered by the EFI partition, which is mounted over it',
  ],
  'what is written before the first partition': [
    'free-space: 4 KiB outside of the partitions and their file systems are not zeros',
  ],
  'what a deleted file left in free blocks': [
    expect.stringMatching(/^free-space: \d+ KiB of free blocks, or of the journal, hold/),
  ],
};

let place: Workplace;
let manifest: Manifest;
let before: string[];
let after: string[];

async function audited(image: string, name: string): Promise<string[]> {
  const work = join(place.directory, name);
  const results = await auditImage({ image, declared: manifest, work, shell: place.shell });
  await rm(work, { recursive: true });
  return results.flatMap(({ name: rule, findings }) => findings.map((finding) => `${rule}: ${finding}`));
}

/** Commands of debugfs that replace a file by another. */
function replacing(path: string, source: string, mode: string): string[] {
  return [`rm ${path}`, `write ${source} ${path}`, `sif ${path} mode ${mode}`];
}

/** Puts all of `spoils` into a copy of an image. */
async function spoil(image: string, spoiled: string): Promise<void> {
  const { shell, directory } = place;
  const work = join(directory, 'spoil');
  await mkdir(work);
  const file = async (name: string, text: string) => {
    await writeFile(join(work, name), text);
    return join(work, name);
  };
  const key = `-----BEGIN PRIVATE KEY-----\n${'MC4CAQAwBQYDK2VwBCIEIA'.repeat(3)}\n-----END PRIVATE KEY-----\n`;
  const disk = await openRawDisk(image, work, shell);
  const status = join(work, 'status');
  await shell.run(['debugfs', '-R', `dump /var/lib/dpkg/status ${status}`, disk.device]);
  const record = '\nPackage: spy\nStatus: install ok installed\nArchitecture: all\nVersion: 1.0\n';
  const script = await file('script', '#!/bin/sh\nexit 0\n');
  const commands = [
    'sif /etc/bash.bashrc mode 0100666',
    'sif /usr/bin/ls mode 0104755',
    `write ${await file('key', key)} /etc/ssl/notes.txt`,
    'mkdir /root/.ssh',
    `write ${await file('keys', 'ssh-ed25519 AAAA spy\n')} /root/.ssh/authorized_keys`,
    `write ${script} /usr/bin/spy`,
    ...replacing(
      '/var/lib/dpkg/status',
      await file('more', `${(await readFile(status, 'utf8')).trimEnd()}\n${record}`),
      '0100644',
    ),
    ...replacing('/usr/bin/less', script, '0100755'),
    'rm /usr/bin/zgrep',
    'cd /usr/bin',
    'mknod zgrep p',
    'cd /',
    'sif /etc/ssl uid 1000',
    'sif /usr/lib/onepilot mode 040775',
    'sif /usr/lib/onepilot gid 100',
    ...replacing('/usr/lib/onepilot/look-again', script, '0100755'),
    'symlink /etc/systemd/system/multi-user.target.wants/spy.service /usr/lib/systemd/system/spy.service',
    `write ${script} /boot/efi/spy.efi`,
    `write ${await file('deleted', 'what was deleted '.repeat(20_000))} /deleted`,
    'rm /deleted',
  ];
  await shell.run(['debugfs', '-w', '-f', await file('commands', `${commands.join('\n')}\n`), disk.device]);
  const written = await open(disk.path, 'r+');
  await written.write('before the first partition', 1024 * 512);
  await written.close();
  await shell.run(['qemu-img', 'convert', '-O', 'qcow2', disk.path, spoiled]);
  await disk.close();
}

beforeAll(async () => {
  place = await workplace();
  const image = await imageUnderTest();
  manifest = await readManifest(image);
  before = await audited(image, 'as-built');
  const spoiled = join(place.directory, 'spoiled.qcow2');
  await spoil(image, spoiled);
  after = await audited(spoiled, 'spoiled');
});
afterAll(() => place?.remove());

describe('the audit of the image under test', () => {
  it('finds nothing', () => {
    expect(before).toEqual([]);
  });

  it.each(Object.entries(spoils))('finds %s in a spoiled copy', (_what, found) => {
    expect(after).toEqual(expect.arrayContaining([...found]));
  });

  it('finds nothing else in the spoiled copy', () => {
    const found = Object.values(spoils).flat();
    const more = after.filter((finding) => !before.includes(finding));
    expect(more).toEqual(expect.arrayContaining(found));
    expect(more).toHaveLength(found.length);
  });
});
