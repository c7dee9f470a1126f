import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { joinIdentity } from '../../../src/certificates/identity.ts';
import { makeAuthority } from '../../../src/certificates/own-ca/issue.ts';
import { httpChallenge } from '../../../src/gateway/challenges/http-01.ts';
import { tlsChallenge } from '../../../src/gateway/challenges/tls-alpn-01.ts';

const thumbprint = 'x'.repeat(43);
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'challenges-'));
  for (const kind of ['http-01', 'tls-alpn-01']) await mkdir(join(directory, kind));
});
afterEach(() => rm(directory, { recursive: true }));

describe('a key authorization', () => {
  const put = (name: string, text: string) => writeFile(join(directory, 'http-01', name), text);

  it('is shown for its token', async () => {
    await put('a-b_C9', `a-b_C9.${thumbprint}\n`);
    expect(httpChallenge(directory, 'a-b_C9')).toBe(`a-b_C9.${thumbprint}`);
    expect(httpChallenge(directory, 'another')).toBeUndefined();
  });

  it.each([
    '../secret',
    '..',
    '.',
    '',
    'a/b',
    'http-01/../secret',
    '%2e%2e%2fsecret',
    'secret\0',
    'x'.repeat(300),
  ])('is not looked for outside the directory: %j', async (token) => {
    await writeFile(join(directory, 'secret'), `secret.${thumbprint}`);
    expect(httpChallenge(directory, token)).toBeUndefined();
  });

  it.each([
    ['another token’s', `other.${thumbprint}`],
    ['a secret', '{"keys":[{"hash":"0123"}]}'],
    ['nothing', ''],
    ['more than a thumbprint', `token.${thumbprint}${thumbprint}`],
    ['two lines', `token.${thumbprint}\nmore`],
    ['far too much', `token.${thumbprint}${' '.repeat(1000)}`],
  ])('that is %s is not shown', async (_what, text) => {
    await put('token', text);
    expect(httpChallenge(directory, 'token')).toBeUndefined();
  });

  it('is not read through a link, and a pipe is not waited for', async () => {
    await writeFile(join(directory, 'elsewhere'), `token.${thumbprint}`);
    await symlink(join(directory, 'elsewhere'), join(directory, 'http-01', 'token'));
    execFileSync('mkfifo', [join(directory, 'http-01', 'pipe')]);
    expect(httpChallenge(directory, 'token')).toBeUndefined();
    expect(httpChallenge(directory, 'pipe')).toBeUndefined();
  });
});

describe('a certificate for a challenge', () => {
  it('is found by server name, in any case, also by that of an address', async () => {
    const text = joinIdentity(await makeAuthority('x', new Date()));
    for (const name of ['copilot.example', '7.2.0.192.in-addr.arpa']) {
      await writeFile(join(directory, 'tls-alpn-01', `${name}.pem`), text);
    }
    for (const name of ['copilot.example', 'COPILOT.Example', '7.2.0.192.in-addr.arpa']) {
      expect(tlsChallenge(directory, name)).toBeDefined();
    }
    expect(tlsChallenge(directory, 'other.example')).toBeUndefined();
  });

  it.each([
    '../secret',
    '.',
    '..',
    '',
    'a..b',
    '.secret',
    'a/../../secret',
    'secret\0',
    '-secret',
    'x.'.repeat(200),
  ])('is not looked for outside the directory: %j', async (name) => {
    const text = joinIdentity(await makeAuthority('x', new Date()));
    await writeFile(join(directory, 'secret.pem'), text);
    await writeFile(join(directory, 'tls-alpn-01', '.secret.pem'), text);
    await writeFile(join(directory, 'tls-alpn-01', '-secret.pem'), text);
    expect(tlsChallenge(directory, name)).toBeUndefined();
  });
});
