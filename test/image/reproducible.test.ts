import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { rootOffset } from '../../src/builder/stages/base.ts';
import { compareImages } from '../../src/reproduce/reproduce.ts';
import { imageUnderTest, workplace } from './support/appliance.ts';

// That the same inputs give the same content takes a second build: npm run reproduce.
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
