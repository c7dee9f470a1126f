import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { engineDirectory } from '../../src/builder/engine-directory.ts';
import { readManifest } from '../../src/builder/manifest.ts';
import { rootOffset } from '../../src/builder/stages/base.ts';
import { buildApart } from '../../src/reproduce/build-apart.ts';
import { readExpected } from '../../src/reproduce/expected.ts';
import { changedPackages } from '../../src/reproduce/packages.ts';
import { compareImages } from '../../src/reproduce/reproduce.ts';
import { imageUnderTest, workplace } from './support/appliance.ts';

it('the same inputs give the same root filesystem and EFI partition again, file by file', async () => {
  const { directory, shell, remove } = await workplace();
  const signal = AbortSignal.timeout(19 * 60_000);
  try {
    const image = await imageUnderTest();
    const { profile, suite, contextualization, packages } = await readManifest(image);
    const options = { profile, suite, mirror: undefined, output: directory, contextualization };
    const engine = await engineDirectory();
    const build = (name: string) => buildApart(join(directory, name), options, { engine }, signal);
    const second = await build('second');
    const inImage = packages
      .map((of) => [of.name, of.version, of.architecture, of.sha256].join('\t'))
      .join('\n');
    // An archive that has moved on since the image was built is another input: then two new ones are compared.
    const isOlder = changedPackages(inImage, second.packages.trim()).length > 0;
    const first = isOlder ? (await build('first')).image : image;
    const verdict = await compareImages(
      [first, second.image],
      await readExpected(),
      join(directory, 'compare'),
      shell,
    );
    expect(verdict.paths).toBeGreaterThan(5000);
    expect(verdict.findings).toEqual([]);
  } finally {
    await remove();
  }
});

it('what differs between two images is told path by path', async () => {
  const { directory, shell, remove } = await workplace();
  try {
    const image = await imageUnderTest();
    const raw = join(directory, 'spoiled.raw');
    const spoiled = join(directory, 'spoiled.qcow2');
    await shell.run(['qemu-img', 'convert', '-O', 'raw', image, raw]);
    await writeFile(join(directory, 'planted'), 'planted');
    const commands = [
      'set_inode_field /etc/hostname mode 0100600',
      'set_inode_field /etc/hosts uid 7',
      'rm /etc/fstab',
      `write ${join(directory, 'planted')} /etc/planted`,
    ];
    await writeFile(join(directory, 'commands'), `${commands.join('\n')}\n`);
    await shell.run(['debugfs', '-w', '-f', join(directory, 'commands'), `${raw}?offset=${rootOffset}`]);
    await shell.run(['qemu-img', 'convert', '-O', 'qcow2', raw, spoiled]);
    const verdict = await compareImages([image, spoiled], {}, join(directory, 'compare'), shell);
    expect(verdict.findings).toEqual([
      { path: '/etc/fstab', what: ['only in the first'] },
      { path: '/etc/hostname', what: ['mode (0644 and 0600)'] },
      { path: '/etc/hosts', what: ['owner (0:0 and 7:0)'] },
      { path: '/etc/planted', what: ['only in the second'] },
    ]);
  } finally {
    await remove();
  }
});
