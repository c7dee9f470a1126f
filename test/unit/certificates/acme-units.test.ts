import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acmeGroup, challengeDirectory, pathsUnder, units } from '../../../src/machine/paths.ts';

const library = resolve('appliance/rootfs/usr/lib');
const unit = (name: string) => readFile(join(library, 'systemd/system', name), 'utf8');
const lines = async (name: string) => (await unit(name)).split('\n');

describe('the units that get certificates', () => {
  it('run as a user of their own, which keeps its state to itself', async () => {
    expect(await lines(units.acme)).toEqual(
      expect.arrayContaining([
        `User=${acmeGroup}`,
        `Group=${acmeGroup}`,
        'StateDirectory=onepilot-acme',
        'StateDirectoryMode=0700',
        `ReadWritePaths=-${challengeDirectory}`,
      ]),
    );
    expect(pathsUnder('/').acmeState).toBe('/var/lib/onepilot-acme');
  });

  it('do nothing unless the agent wants a certificate', async () => {
    for (const name of [units.acme, units.acmeTimer]) {
      expect(await unit(name)).not.toContain('[Install]');
      expect(await lines(name)).toContain(`ConditionPathExists=${pathsUnder('/').acmeWanted}`);
    }
  });

  it('have the agent look when their record is replaced', async () => {
    expect(await lines('onepilot-notice.path')).toContain(`PathChanged=${pathsUnder('/').acmeRecord}`);
  });
});

describe('the directories of challenges', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'onepilot-test-'));
    await mkdir(join(root, 'etc'));
    await writeFile(join(root, 'etc/group'), 'root:x:0:\nonepilot-gateway:x:990:\n');
    await writeFile(join(root, 'etc/passwd'), `root:x:0:0::/:/bin/sh\n${acmeGroup}:x:992:992::/:/bin/sh\n`);
  });
  afterEach(() => rm(root, { recursive: true }));

  it('belong to that user, and what is made in them to the gateway’s group, nobody else looking in', async () => {
    execFileSync('systemd-tmpfiles', [
      `--root=${root}`,
      '--create',
      '--prefix=/run',
      join(library, 'tmpfiles.d/onepilot.conf'),
    ]);
    for (const name of ['', 'http-01', 'tls-alpn-01']) {
      const { mode, uid, gid } = await stat(join(root, challengeDirectory, name));
      expect([(mode & 0o7777).toString(8), uid, gid]).toEqual(['2750', 992, 990]);
    }
  });
});
