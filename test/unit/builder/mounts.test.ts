import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { detachMounts, mountsBelow } from '../../../src/builder/mounts.ts';

it('finds mounts below a directory, the deepest first, and no neighbours', () => {
  const line = (path: string) => `36 35 98:0 / ${path} rw - ext4 /dev/vda rw`;
  const mountinfo = [
    '/',
    '/cache/root/sys',
    '/cache/root/sys/fs/x',
    '/cache/rootless',
    '/cache/root/a\\040b',
  ];
  expect(mountsBelow('/cache/root', mountinfo.map(line).join('\n'))).toEqual([
    '/cache/root/sys/fs/x',
    '/cache/root/sys',
    '/cache/root/a b',
  ]);
});

it('detaches a mount, so that removing the tree spares what was mounted', async () => {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'onepilot-mounts-')));
  const [precious, tree] = [join(directory, 'precious'), join(directory, 'tree/sys')];
  await mkdir(precious);
  await mkdir(tree, { recursive: true });
  await writeFile(join(precious, 'file'), 'kept');
  execFileSync('mount', ['--bind', precious, tree]);
  await detachMounts(join(directory, 'tree'));
  await rm(join(directory, 'tree'), { recursive: true });
  expect(execFileSync('cat', [join(precious, 'file')], { encoding: 'utf8' })).toBe('kept');
  await rm(directory, { recursive: true });
});
