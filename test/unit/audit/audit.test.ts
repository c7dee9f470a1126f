import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { requireClean } from '../../../src/audit/audit.ts';
import { auditFile } from '../../../src/audit/audit-file.ts';
import { readPolicy } from '../../../src/audit/policy.ts';
import type { Manifest } from '../../../src/builder/manifest.ts';
import { loggingShell } from '../../../src/builder/shell.ts';
import { openLog } from '../../../src/cli/log-file.ts';

const digits = (count: number) => '0'.repeat(count);

/** The manifest of a disk of models, without any. */
const models: Manifest = {
  name: 'OnePilot',
  kind: 'models',
  version: '1.0.0',
  profile: 'smoke',
  suite: 'trixie',
  contextualization: 'agent',
  createdAt: 0,
  memory: 2048,
  image: { file: 'models.qcow2', size: 1, virtualSize: 1, sha256: digits(64), md5: digits(32) },
  versions: {},
  enginePatches: [],
  models: [],
  files: [],
  npmPackages: [],
  packages: [],
};

let directory: string;
let image: string;
const signal = AbortSignal.timeout(20_000);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'onepilot-audit-file-'));
  vi.stubEnv('ONEPILOT_CACHE', directory);
  image = join(directory, 'models.qcow2');
  const log = openLog(join(directory, 'test.log'));
  await loggingShell(log.stream, signal).run(['qemu-img', 'create', '-q', '-f', 'qcow2', image, '1M']);
  await log.end();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

describe('an audit', () => {
  it('ends with everything that was found, each with its rule', () => {
    const results = [
      { name: 'users', findings: ['ann has a shell: /bin/sh'] },
      { name: 'boot', findings: [] },
      { name: 'traces', findings: ['/etc/a~ is a backup', '/etc/b~ is a backup'] },
    ];
    expect(() => requireClean('a.qcow2', results)).toThrow(
      expect.objectContaining({
        code: 'AUDIT_FINDINGS',
        message:
          'a.qcow2 is not what an image may be (3 findings):\n' +
          '  users: ann has a shell: /bin/sh\n  traces: /etc/a~ is a backup\n  traces: /etc/b~ is a backup',
      }),
    );
  });

  it('says nothing of a clean image', () => {
    expect(() => requireClean('a.qcow2', [{ name: 'boot', findings: [] }])).not.toThrow();
  });

  it('is refused to a file without a manifest, and to a disk of models', async () => {
    const request = { image, boots: false, signal };
    await expect(auditFile(request)).rejects.toMatchObject({ code: 'MANIFEST_MISSING' });
    await writeFile(`${image}.manifest.json`, JSON.stringify(models));
    await expect(auditFile(request)).rejects.toMatchObject({ code: 'AUDIT_NOT_BOOTABLE' });
  });

  it('reads what the checkout allows, each item with a reason', async () => {
    const policy = await readPolicy();
    expect(Object.keys(policy.made).length).toBeGreaterThan(0);
    for (const lists of Object.values(policy)) {
      for (const [reason, items] of Object.entries(lists)) {
        expect(reason.length, reason).toBeGreaterThan(15);
        expect(items, reason).not.toEqual([]);
      }
    }
  });
});
