import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ChallengeFile,
  challengeFile,
  challengeServerName,
  showChallenges,
} from '../../../../src/certificates/acme/challenges.ts';
import { splitIdentity } from '../../../../src/certificates/identity.ts';

describe('the server name of tls-alpn-01', () => {
  it.each([
    ['dns', 'copilot.example.org', 'copilot.example.org'],
    ['ip', '192.0.2.1', '1.2.0.192.in-addr.arpa'],
    // The example of RFC 3596, section 2.5.
    [
      'ip',
      '4321:0:1:2:3:4:567:89ab',
      'b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa',
    ],
    ['ip', '2001:db8::1', `1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`],
    ['ip', '::', `${'0.'.repeat(32)}ip6.arpa`],
    ['ip', 'fe80::', `${'0.'.repeat(28)}0.8.e.f.ip6.arpa`],
    ['ip', '::ffff:192.0.2.1', `1.0.2.0.0.0.0.c.f.f.f.f.${'0.'.repeat(20)}ip6.arpa`],
  ] as const)('of %s %s is that of RFC 8738', (type, value, name) => {
    expect(challengeServerName({ type, value })).toBe(name);
  });
});

describe('the files of challenges', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'onepilot-challenges-'));
    await mkdir(join(directory, 'http-01'));
    await mkdir(join(directory, 'tls-alpn-01'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const there = async () => [
    ...(await readdir(join(directory, 'http-01'))),
    ...(await readdir(join(directory, 'tls-alpn-01'))),
  ];

  it('hold the key authorization under its token, for the group to read', async () => {
    const file = await challengeFile(
      'http-01',
      { type: 'dns', value: 'a.example.org' },
      'tok-en_1',
      'tok-en_1.x',
    );
    await showChallenges(directory, [file]);
    const path = join(directory, 'http-01/tok-en_1');
    expect(await readFile(path, 'utf8')).toBe('tok-en_1.x');
    expect((await stat(path)).mode & 0o777).toBe(0o640);
  });

  it('hold a certificate with its key for tls-alpn-01', async () => {
    const file = await challengeFile('tls-alpn-01', { type: 'ip', value: '192.0.2.1' }, 'token', 'token.x');
    await showChallenges(directory, [file]);
    expect(await there()).toEqual(['1.2.0.192.in-addr.arpa.pem']);
    expect(splitIdentity(file.content)).toBeDefined();
  });

  it('go when they are not wanted, whoever left them', async () => {
    await writeFile(join(directory, 'http-01/leftover'), '');
    const file: ChallengeFile = { kind: 'http-01', name: 'wanted', content: '' };
    await showChallenges(directory, [file]);
    expect(await there()).toEqual(['wanted']);
    await showChallenges(directory, []);
    expect(await there()).toEqual([]);
  });

  it.each(['../../etc/passwd', '.hidden', '', 'a/b', '.'])('are never named %j by a CA', async (token) => {
    await expect(challengeFile('http-01', { type: 'dns', value: 'a' }, token, '')).rejects.toThrow(
      'characters',
    );
  });
});
