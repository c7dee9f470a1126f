import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure } from '../../../../src/errors/catalogue.ts';
import { recordGenerated } from '../../../../src/keys/record.ts';
import { image, readyStatus, TemporaryAppliance } from './temporary-appliance.ts';

let appliance: TemporaryAppliance;
beforeEach(() => {
  appliance = new TemporaryAppliance();
  // The one program that must be real.
  appliance.programs.tar = ([, ...args]) => {
    execFileSync('tar', args);
    return { status: 0, stdout: '', stderr: '' };
  };
});
afterEach(() => appliance.remove());

/** The archive's files by name, without its one folder. */
async function makeArchive(): Promise<Map<string, string>> {
  const archive = join(appliance.root, 'bug.tar.gz');
  expect(await appliance.onepilot('support', archive)).toMatchObject({ code: 0, stderr: '' });
  const unpacked = join(appliance.root, 'unpacked');
  mkdirSync(unpacked);
  execFileSync('tar', ['-xzf', archive, '-C', unpacked]);
  const names = readdirSync(join(unpacked, 'bug'), { recursive: true, withFileTypes: true });
  return new Map(
    names
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(join(unpacked, 'bug/').length), readFileSync(path, 'utf8')]),
  );
}

function found(files: Map<string, string>, needle: string): string[] {
  return [...files].filter(([, text]) => text.includes(needle)).map(([name]) => name);
}

const secrets = {
  password: 'correct-horse-battery',
  multiline: 'first-line-of-it\nsecond-line-of-it',
  generated: `sk-${'g'.repeat(43)}`,
  added: `sk-${'A_-'.repeat(14)}z`,
  token: 'b25lZ2F0ZS10b2tlbi1vZi10aGlzLXZt',
  script: 'curl -u admin:hunter2 internal',
  backend: 'upstream-key-9f8e7d',
  team: 'key-of-the-team-0123456789',
  binding: 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3M',
  acmeKey: 'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgkeyofacme',
} as const;

/** An appliance in which every secret has got everywhere it must not be. */
function plantEverything(): void {
  const { password, multiline, generated, added, token, script, backend, team, binding, acmeKey } = secrets;
  const base64 = Buffer.from(password).toString('base64');
  const spilt = [
    ...Object.values(secrets).filter((secret) => secret !== acmeKey),
    `-----BEGIN PRIVATE KEY-----\n${acmeKey}\n-----END PRIVATE KEY-----`,
    base64,
    Buffer.from(generated).toString('base64'),
    JSON.stringify({ multiline }),
    'https://bob:tr0ub4dor@proxy.lan/x',
    '-----BEGIN PRIVATE KEY-----\nMIIprivate\n-----END PRIVATE KEY-----',
  ].join('\n');
  appliance.context = [
    `ONEAPP_COPILOT_API_PASSWORD='${password}'`,
    `ONEAPP_COPILOT_LB_BACKENDS='${backend}@10.0.0.9:443'`,
    `ONEAPP_COPILOT_API_KEYS='${Buffer.from(`[{name: team, key: ${team}}]`).toString('base64')}'`,
    `ROOT_PASSWORD='${multiline}'`,
    `START_SCRIPT='${script}'`,
    "ONEAPP_COPILOT_CPU_THREADS='2'",
    '',
  ].join('\n');
  appliance.token = token;
  const key = recordGenerated('generated', generated);
  appliance.put('/var/lib/onepilot/api-key', `${generated}\n`);
  appliance.put('/etc/onepilot/gateway.json', { tls: { key: '/etc/x.key' }, keys: [key], spilt });
  const server = { directory: 'https://ca.example.org', binding: { keyId: 'kid-1', key: binding } };
  const identifiers = [{ type: 'dns', value: 'copilot.example.org' }];
  appliance.put('/etc/onepilot/acme.json', { identifiers, server, addresses: [] });
  appliance.put('/var/lib/onepilot-acme/record.json', { because: 'first', orders: [] });
  for (const file of ['/etc/onepilot/tls/own.pem', '/etc/onepilot/tls/trusted.pem'])
    appliance.put(file, spilt);
  appliance.put('/var/lib/onepilot-acme/certificate.pem', spilt);
  appliance.put('/run/onepilot/status.json', { ...readyStatus, state: 'failed', reason: spilt });
  appliance.put('/usr/share/onepilot/image.json', image);
  for (const file of ['config', 'status', 'metadata']) appliance.put(`/etc/one-appliance/${file}`, spilt);
  appliance.put('/etc/onepilot/engine.ini', spilt);
  appliance.put('/var/log/one-appliance/configure.log', spilt);
  appliance.put('/etc/systemd/network/10.network', spilt);
  for (const program of ['journalctl', 'systemctl', 'ip', 'lscpu']) {
    appliance.programs[program] = () => ({ status: 0, stdout: spilt, stderr: added });
  }
}

describe('onepilot support', () => {
  it('holds none of the secrets that were spilt everywhere', async () => {
    plantEverything();
    const files = await makeArchive();
    const { hash } = recordGenerated('generated', secrets.generated);
    const base64 = [secrets.password, secrets.generated].map((text) => Buffer.from(text).toString('base64'));
    const pieces = ['second-line-of-it', 'tr0ub4dor', 'hunter2', 'MIIprivate', hash];
    for (const needle of [...Object.values(secrets), ...base64, ...pieces]) {
      expect([needle, found(files, needle)]).toEqual([needle, []]);
    }
    expect(found(files, '[secret]').length).toBeGreaterThan(10);
  });

  it('keeps what a bug report needs', async () => {
    plantEverything();
    const files = await makeArchive();
    expect(files.get('context.txt')).toContain('ONEAPP_COPILOT_CPU_THREADS = "2"');
    expect(files.get('context.txt')).toContain('START_SCRIPT (not shown)');
    expect(files.get('context.txt')).toContain('ONEAPP_COPILOT_API_PASSWORD (not shown)');
    expect(files.get('image.json')).toContain('smoke.gguf');
    expect(files.get('acme.json')).toContain('"keyId": "kid-1"');
    expect(files.get('acme-record.json')).toContain('"because": "first"');
    expect(files.get('certificate-status.txt')).toContain('What the gateway shows:');
    expect(files.get('gateway.json')).toContain('"key": "/etc/x.key"');
    expect(files.get('firewall.txt')).toBe('$ nft list ruleset\nnft was here\n');
    expect(files.get('keys.txt')).toContain('made on this VM');
    expect(files.get('README.txt')).toContain('journal-last-boot.txt: ');
  });

  it('follows no link that the ACME unit has put in the place of its files: root may read everything', async () => {
    plantEverything();
    const other = join(appliance.root, 'other');
    writeFileSync(other, JSON.stringify({ only: 'root may read this' }));
    for (const path of [appliance.paths.acmeRecord, appliance.paths.acmeIdentity]) {
      rmSync(path);
      symlinkSync(other, path);
    }
    const files = await makeArchive();
    expect(found(files, 'root may read this')).toEqual([]);
    expect(files.get('acme-record.json')).toMatch(/record\.json does not exist, or is no plain file\.\n$/);
  });

  it('waits for nobody to write to a pipe in their place', async () => {
    plantEverything();
    for (const path of [appliance.paths.acmeRecord, appliance.paths.acmeIdentity]) {
      rmSync(path);
      execFileSync('mkfifo', [path]);
    }
    expect((await makeArchive()).get('acme-record.json')).toContain('is no plain file');
  });

  it('asks for each of our units', async () => {
    const { stdout } = await appliance.onepilot('support', join(appliance.root, 'bug.tar.gz'));
    expect(stdout).toContain('units.txt');
    const [asked] = appliance.ran.filter((line) => line.startsWith('systemctl --no-pager status'));
    const installed = readdirSync('appliance/rootfs/usr/lib/systemd/system');
    const own = installed.filter((name) => !name.endsWith('.d'));
    expect(own.filter((unit) => !asked?.split(' ').includes(unit))).toEqual([]);
  });

  it('is for root alone', async () => {
    await makeArchive();
    expect(statSync(join(appliance.root, 'bug.tar.gz')).mode & 0o7777).toBe(0o600);
  });

  it('holds the error of a part that fails, and goes on', async () => {
    appliance.put('/run/onepilot/status.json', 'no JSON');
    appliance.programs.nft = () => {
      throw failure('COMMAND_NO_PROGRAM', { program: 'nft', reason: 'spawn nft ENOENT' });
    };
    const files = await makeArchive();
    expect(files.get('status.txt')).toContain('COMMAND_STATUS_BROKEN');
    expect(files.get('firewall.txt')).toContain('spawn nft ENOENT');
    expect(files.get('packages.txt')).toContain('dpkg-query was here');
  });

  it('overwrites no file', async () => {
    appliance.put('/bug.tar.gz', 'mine');
    const { code, stderr } = await appliance.onepilot('support', join(appliance.root, 'bug.tar.gz'));
    expect([code, appliance.read('/bug.tar.gz')]).toEqual([1, 'mine']);
    expect(stderr).toContain('COMMAND_FILE_EXISTS');
  });

  it('leaves nothing behind when packing fails', async () => {
    appliance.programs.tar = () => ({ status: 2, stdout: '', stderr: 'No space left on device\n' });
    const archive = join(appliance.root, 'bug.tar.gz');
    const { code, stderr } = await appliance.onepilot('support', archive);
    expect(code).toBe(1);
    expect(stderr).toContain('No space left on device');
    expect(existsSync(archive)).toBe(false);
  });
});
