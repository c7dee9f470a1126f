import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeWhole } from '../../../src/bootstrap/files.ts';
import { pathsUnder } from '../../../src/machine/paths.ts';

const rules = resolve('appliance/rootfs/usr/lib/tmpfiles.d/onepilot.conf');

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'onepilot-test-'));
});
afterEach(() => rm(root, { recursive: true }));

/** Files that the agent writes to disk, one in each directory. */
function written(): string[] {
  const paths = pathsUnder(root);
  return [
    paths.hostname,
    paths.report,
    paths.gatewayConfiguration,
    paths.ownIdentity,
    paths.acmeWanted,
    join(paths.networkFiles, '20-onepilot-eth0.network'),
    paths.authorizedKeys,
    paths.apiKey,
    paths.authorityKey,
  ];
}

/** As systemd-tmpfiles-setup.service does at boot. */
async function boot(...options: string[]): Promise<void> {
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nonepilot-gateway:x:990:\n');
  const acme = 'onepilot-acme:x:992:992::/:/usr/sbin/nologin';
  await writeFile(join(root, 'etc/passwd'), `root:x:0:0::/root:/bin/sh\n${acme}\n`);
  execFileSync('systemd-tmpfiles', [`--root=${root}`, '--remove', ...options, rules], { stdio: 'pipe' });
}

/** What a write leaves that ends before its file is in place. */
async function cutOff(path: string): Promise<string> {
  // A directory cannot be replaced by a file, so the temporary file stays.
  await mkdir(path, { recursive: true });
  await expect(writeWhole({ path, content: '', mode: 0o600, uid: 0, gid: 0, readBy: [] })).rejects.toThrow();
  await rm(path, { recursive: true });
  return `${path}.onepilot-new`;
}

describe('leftovers of a power cut', () => {
  test('half-written files are gone after a boot, wherever the agent writes', async () => {
    const left: string[] = [];
    for (const path of written()) left.push(await cutOff(path));
    expect(left.filter(existsSync)).toEqual(left);
    await boot('--boot');
    expect(left.filter(existsSync)).toEqual([]);
  });

  test('whole files stay', async () => {
    for (const path of written()) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, 'whole');
    }
    await boot('--boot');
    expect(written().filter(existsSync)).toEqual(written());
  });

  test('nothing is taken from an agent that is writing, when tmpfiles run later', async () => {
    const left = await cutOff(pathsUnder(root).apiKey);
    await mkdir(join(root, 'etc'));
    await boot();
    expect(existsSync(left)).toBe(true);
  });
});
