import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestFile } from '../../src/builder/digest.ts';
import { type Manifest, readManifest } from '../../src/builder/manifest.ts';
import type { Shell } from '../../src/builder/shell.ts';
import { rootOffset } from '../../src/builder/stages/base.ts';
import { imageUnderTest, workplace } from './support/appliance.ts';

let root: string;
let shell: Shell;
let remove: () => Promise<void>;
let manifest: Manifest;

beforeAll(async () => {
  const place = await workplace();
  shell = place.shell;
  const raw = join(place.directory, 'disk.raw');
  root = join(place.directory, 'root');
  remove = async () => {
    await shell.run(['rm', '-rf', place.directory]);
  };
  const image = await imageUnderTest();
  manifest = await readManifest(image);
  await shell.run(['qemu-img', 'convert', '-O', 'raw', image, raw]);
  await shell.run(['mkdir', root]);
  // debugfs reads the filesystem as it is: no mount, no journal replay, no loop device.
  await shell.run(['debugfs', '-R', `rdump / ${root}`, `${raw}?offset=${rootOffset}`]);
});
afterAll(() => remove?.());

/** Paths in the image that `find` reports. */
async function find(...expression: string[]): Promise<string[]> {
  const found = await shell.run(['find', root, ...expression]);
  return found
    .split('\n')
    .filter(Boolean)
    .map((path) => path.slice(root.length));
}

describe('the image', () => {
  it('was read', async () => {
    expect(await find('-name', 'os-release')).not.toEqual([]);
  });

  it('without its models is under 300 MB compressed', async () => {
    const models = manifest.models.map(({ file }) => stat(join(root, 'var/lib/onepilot/models', file)));
    const modelBytes = (await Promise.all(models)).reduce((sum, { size }) => sum + size, 0);
    expect(manifest.image.size - modelBytes).toBeLessThan(300e6);
  });

  it('holds no compiler and no node_modules', async () => {
    expect(await find('-name', 'node_modules')).toEqual([]);
    const compilers = [
      'gcc*',
      'g++*',
      'cc',
      'c++',
      'cc1*',
      'clang*',
      'x86_64-linux-gnu-gcc*',
      'as',
      'ld',
      'npm',
    ];
    const names = compilers.flatMap((name) => ['-o', '-name', name]).slice(1);
    expect(await find('-type', 'f', '-path', '*/bin/*', '(', ...names, ')')).toEqual([]);
  });

  it('has no identity and opens to nobody', async () => {
    expect(await find('-path', '*/etc/ssh/ssh_host_*')).toEqual([]);
    expect(await readFile(join(root, 'etc/machine-id'), 'utf8')).toBe('');
    expect(
      await find('-name', 'authorized_keys', '-o', '-name', 'random-seed', '-o', '-name', '*.key'),
    ).toEqual([]);
    const shadow = await readFile(join(root, 'etc/shadow'), 'utf8');
    for (const line of shadow.trim().split('\n')) expect(line.split(':')[1]).toMatch(/^[!*]/);
    const etc = await readdir(join(root, 'etc/onepilot'));
    expect(etc).toEqual(['tls']);
    expect(await find('-path', '*/var/lib/onepilot/*', '-type', 'f')).toEqual(
      manifest.models.map(({ file }) => `/var/lib/onepilot/models/${file}`),
    );
  });

  it('keeps no trace of its making', async () => {
    expect(await find('-path', '*/var/log/*', '-type', 'f', '-size', '+0')).toEqual([]);
    expect(
      await find('-name', '.bash_history', '-o', '-path', '*/root/.ssh', '-o', '-path', '*/root/.cache'),
    ).toEqual([]);
  });

  it('is writable by everybody nowhere but in temporary directories', async () => {
    expect((await find('-type', 'd', '-perm', '-o=w')).sort()).toEqual(['/run/lock', '/tmp', '/var/tmp']);
    expect(await find('-type', 'f', '-perm', '-o=w')).toEqual([]);
  });

  it('is what its manifest says', async () => {
    for (const { path, kind, sha256 } of manifest.files.filter((entry) => entry.kind !== 'link')) {
      expect(await digestFile(join(root, path)), `${kind} ${path}`).toBe(sha256);
    }
    const installed = await shell.run([
      'dpkg-query',
      `--admindir=${join(root, 'var/lib/dpkg')}`,
      '-W',
      '-f',
      '${Package} ${Version}\n',
    ]);
    expect(manifest.packages.map(({ name, version }) => `${name} ${version}`).sort()).toEqual(
      installed.split('\n').sort(),
    );
    expect(manifest.packages.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256))).toBe(true);
  });

  it('names the npm packages inside its bundles, as the lockfile pins them', () => {
    const names = manifest.npmPackages.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['fastify', 'zod', '@peculiar/x509', 'sd-notify']));
    for (const { name, integrity } of manifest.npmPackages) expect(integrity, name).toMatch(/^sha512-/);
  });

  it('has the checksums that lie beside it', async () => {
    const image = await imageUnderTest();
    await shell.run(['sha256sum', '--check', `${image}.sha256`], { cwd: dirname(image) });
    await shell.run(['md5sum', '--check', `${image}.md5`], { cwd: dirname(image) });
  });
});
