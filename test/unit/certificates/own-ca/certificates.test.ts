import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { askHealth } from '../../../../src/bootstrap/readiness.ts';
import type { Identity } from '../../../../src/certificates/identity.ts';
import { authorityNeeded, leafNeeded, wantedSubjects } from '../../../../src/certificates/own-ca/decide.ts';
import { makeAuthority, makeLeaf } from '../../../../src/certificates/own-ca/issue.ts';

const now = new Date();
const daysLater = (days: number) => new Date(now.getTime() + days * 24 * 60 * 60 * 1000);
const wanted = wantedSubjects('Pilot', ['10.0.0.5', '2001:DB8::0:5', '10.0.0.5']);

let authority: Identity;
let leaf: Identity;
beforeAll(async () => {
  authority = await makeAuthority('pilot', now);
  leaf = await makeLeaf(authority, wanted, now);
});

test('openssl accepts the chain strictly, for every name and address', () => {
  const directory = mkdtempSync(join(tmpdir(), 'onepilot-tls-'));
  try {
    writeFileSync(join(directory, 'ca.crt'), authority.certificate);
    writeFileSync(join(directory, 'server.crt'), leaf.certificate);
    const verify = (...options: string[]) =>
      execFileSync(
        'openssl',
        ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', 'ca.crt', ...options, 'server.crt'],
        { cwd: directory, encoding: 'utf8', stdio: 'pipe' },
      );
    for (const name of ['pilot', 'localhost']) expect(verify('-verify_hostname', name)).toContain('OK');
    for (const address of ['127.0.0.1', '::1', '10.0.0.5', '2001:db8::5']) {
      expect(verify('-verify_ip', address)).toContain('OK');
    }
    expect(() => verify('-verify_ip', '10.0.0.6')).toThrow('mismatch');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('a client that trusts the CA gets through to the server, another does not', async () => {
  const server = createServer({ cert: leaf.certificate, key: leaf.key }, (_request, response) =>
    response.writeHead(503).end('{"status":"loading"}'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  expect(await askHealth(authority.certificate, port)).toEqual({ status: 503, state: 'loading' });
  const stranger = await makeAuthority('pilot', now);
  expect((await askHealth(stranger.certificate, port)).status).toBe(0);
  await new Promise((resolve) => server.close(resolve));
  expect((await askHealth(authority.certificate, port)).state).toContain('ECONNREFUSED');
});

test('the agent gets through where others’ certificate is served to whoever asks for this machine itself', async () => {
  const strange = await makeLeaf(await makeAuthority('strange', now), wanted, now);
  const server = createServer({ cert: strange.certificate, key: strange.key }, (_request, response) =>
    response.writeHead(200).end('{"status":"ok"}'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const [served = ''] = strange.certificate.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/) ?? [];
  expect((await askHealth(authority.certificate, port)).status).toBe(0);
  expect((await askHealth(`${authority.certificate}${served}\n`, port)).status).toBe(200);
  await new Promise((resolve) => server.close(resolve));
});

test('the CA may sign servers and nothing else, for ten years, under a name of its own', async () => {
  const certificate = new X509Certificate(authority.certificate);
  expect(certificate.ca).toBe(true);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect((certificate.validToDate.getTime() - now.getTime()) / 86_400_000).toBeCloseTo(3650, 0);
  const other = new X509Certificate((await makeAuthority('pilot', now)).certificate);
  expect(other.subject).not.toBe(certificate.subject);
  expect(other.serialNumber).not.toBe(certificate.serialNumber);
});

test('a long host name still makes valid certificates', async () => {
  const long = `${'a'.repeat(63)}`;
  const own = await makeAuthority(long, now);
  const made = await makeLeaf(own, wantedSubjects(long, []), now);
  expect(leafNeeded(made, own, wantedSubjects(long, []), now)).toBeUndefined();
});

describe('a new server certificate', () => {
  const decide = (current: Identity | undefined, subjects = wanted, at = now, ca = authority) =>
    leafNeeded(current, ca, subjects, at);

  test('is not needed while the old one serves, whatever the order and writing of addresses', () => {
    expect(decide(leaf)).toBeUndefined();
    expect(decide(leaf, wantedSubjects('pilot', ['2001:db8:0:0::5', '10.0.0.5']))).toBeUndefined();
    expect(decide(leaf, wanted, daysLater(19))).toBeUndefined();
    expect(decide(leaf, wantedSubjects('pilot', ['10.0.0.5']))).toBeUndefined();
  });

  test('is needed when anything has changed', async () => {
    expect(decide(undefined)).toBe('there is none');
    expect(decide({ certificate: 'rubbish', key: leaf.key })).toContain('cannot be read');
    expect(decide({ ...leaf, key: authority.key })).toContain('its key belongs to another');
    expect(decide(leaf, wantedSubjects('other', ['10.0.0.5', '2001:db8::5']))).toContain('host name');
    expect(decide(leaf, wantedSubjects('pilot', ['10.0.0.6', '2001:db8::5']))).toContain('new address');
    expect(decide(leaf, wanted, daysLater(21))).toMatch(/^it has [89] days left$/);
    expect(decide(leaf, wanted, daysLater(-1))).toContain('clock');
    expect(decide(leaf, wanted, now, await makeAuthority('pilot', now))).toContain('CA');
    const alone = leaf.certificate.replace(authority.certificate, '');
    expect(decide({ ...leaf, certificate: alone })).toContain('CA');
  });
});

test('a new CA is needed only when the old one cannot sign any more', () => {
  expect(authorityNeeded(authority, now)).toBeUndefined();
  expect(authorityNeeded(authority, daysLater(3200))).toBeUndefined();
  expect(authorityNeeded(authority, daysLater(3400))).toContain('days left');
  expect(authorityNeeded(authority, daysLater(-3650))).toBeUndefined();
  expect(authorityNeeded(undefined, now)).toBe('there is none');
  expect(authorityNeeded({ ...authority, key: leaf.key }, now)).toContain('its key belongs to another');
  expect(authorityNeeded(leaf, now)).toBe('it may not sign');
});

describe('a CA made while the clock was wrong', () => {
  const built = daysLater(-30);

  test('ahead, is valid as soon as the clock is right', async () => {
    const made = await makeAuthority('pilot', daysLater(0.5), built);
    expect(new X509Certificate(made.certificate).validFromDate.getTime()).toBeLessThan(now.getTime());
    expect(authorityNeeded(made, now)).toBeUndefined();
    const early = await makeLeaf(made, wanted, daysLater(0.5));
    expect(leafNeeded(early, made, wanted, now)).toContain('not valid yet');
    expect(leafNeeded(await makeLeaf(made, wanted, now), made, wanted, now)).toBeUndefined();
  });

  test('behind, serves by that clock and is not soon at its end by the right one', async () => {
    const made = await makeAuthority('pilot', new Date(0), built);
    expect(new X509Certificate(made.certificate).validFromDate.getTime()).toBeLessThan(0);
    expect(authorityNeeded(made, now)).toBeUndefined();
  });
});
