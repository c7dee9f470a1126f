import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { loadProvided } from '../../../../src/certificates/provided/load-provided.ts';
import { Secret } from '../../../../src/context/secret.ts';
import { openssl } from './openssl.ts';

const { make, run, close } = openssl();
const mounts = mkdtempSync(join(tmpdir(), 'onepilot-disks-'));
afterAll(() => {
  close();
  rmSync(mounts, { recursive: true, force: true });
});

const server = make('copilot.company.example');
const successor = make('copilot.company.example');
const disk = join(mounts, 'CERTIFICATES');
const circumstances = { now: new Date(Date.now() + 60_000), domain: undefined, roots: () => [] };

beforeEach(() => {
  rmSync(disk, { recursive: true, force: true });
  mkdirSync(join(disk, 'tls'), { recursive: true });
  writeFileSync(join(disk, 'tls/a.crt'), server.certificate);
  writeFileSync(join(disk, 'a.key'), server.key);
});

const file = (path: string, label = 'CERTIFICATES') => ({ kind: 'disk', label, path }) as const;
const inlineKey = (pem: string) => ({ kind: 'inline', pem: new Secret(pem) }) as const;

/** The certificate that is served, or what is wrong. */
async function load(
  certificate: Parameters<typeof loadProvided>[0]['tlsCertificate'],
  key: Parameters<typeof loadProvided>[0]['tlsKey'] = file('a.key'),
) {
  const settings = { tlsCertificate: certificate, tlsKey: key };
  const provided = await loadProvided(settings, (label) => join(mounts, label), circumstances);
  if (!provided) return undefined;
  return 'problems' in provided ? provided.problems.map(String).join('; ') : provided.identity.certificate;
}

test('files on a disk are served', async () => {
  expect(await load(file('tls/a.crt'))).toBe(server.certificate);
});

test('a part in the context and one on a disk are served', async () => {
  const inline = { kind: 'inline', pem: server.certificate } as const;
  expect(await load(inline)).toBe(server.certificate);
  expect(await load(file('tls/a.crt'), inlineKey(server.key))).toBe(server.certificate);
});

test('files that were replaced are taken at the next look', async () => {
  await load(file('tls/a.crt'));
  writeFileSync(join(disk, 'tls/a.crt'), successor.certificate);
  expect(await load(file('tls/a.crt'))).toContain('is not the one of the certificate');
  writeFileSync(join(disk, 'a.key'), successor.key);
  expect(await load(file('tls/a.crt'))).toBe(successor.certificate);
});

test('nothing provided is nothing', async () => {
  expect(await load(undefined, undefined)).toBeUndefined();
});

test('one file may hold both', async () => {
  writeFileSync(join(disk, 'both.pem'), server.key + server.certificate);
  expect(await load(file('both.pem'), file('both.pem'))).toBe(server.certificate);
});

test('a file as the shell of Windows writes it is read', async () => {
  writeFileSync(join(disk, 'tls/a.crt'), Buffer.from(`\ufeff${server.certificate}`, 'utf16le'));
  expect(await load(file('tls/a.crt'))).toBe(server.certificate);
});

test('a file in DER is named as that, by its place', async () => {
  writeFileSync(join(disk, 'tls/a.crt'), run(['x509', '-outform', 'DER'], server.certificate));
  expect(await load(file('tls/a.crt'))).toContain('disk:CERTIFICATES/tls/a.crt holds DER');
});

test('a disk that is not there is named by its label', async () => {
  expect(await load(file('a.crt', 'OTHER'))).toMatch(/No disk with the label OTHER/);
});

test('what is wrong with both files is said of both', async () => {
  expect(await load(file('b.crt'), file('b.key'))).toMatch(/b\.crt .*no such file.*b\.key .*no such file/);
});

test.each([
  ['a link', 'it is a link', () => symlinkSync(join(disk, 'tls/a.crt'), join(disk, 'x'))],
  ['a link to a secret of the VM', 'it is a link', () => symlinkSync('/etc/shadow', join(disk, 'x'))],
  ['a directory', 'it is no file', () => mkdirSync(join(disk, 'x'))],
  ['a pipe', 'it is no file', () => void execFileSync('mkfifo', [join(disk, 'x')])],
  [
    'too large',
    'it has more than 1 MiB',
    () => {
      writeFileSync(join(disk, 'x'), server.certificate);
      truncateSync(join(disk, 'x'), 1024 * 1024 + 1);
    },
  ],
])('what is %s is not read', async (_, reason, prepare) => {
  prepare();
  expect(await load(file('x'))).toContain(`disk:CERTIFICATES/x cannot be used: ${reason}`);
});

test('a link on the way to the file is not followed', async () => {
  symlinkSync('tls', join(disk, 'link'));
  expect(await load(file('link/a.crt'))).toContain('a link is in its path');
});
