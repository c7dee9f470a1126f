import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority, makeLeaf } from '../../../src/certificates/own-ca/issue.ts';
import { addressesOf, isServedTo } from '../../../src/certificates/served-to.ts';

type Make = (names: readonly string[], addresses?: readonly string[]) => Promise<X509Certificate>;
let make: Make;
beforeAll(async () => {
  const authority = await makeAuthority('others', new Date());
  make = async (names, addresses = []) =>
    new X509Certificate((await makeLeaf(authority, { names, addresses }, new Date())).certificate);
});

/** In the words of sockets. */
const machine = ['10.0.0.5', '203.0.113.7', '2001:db8::5', '2001:db8::7'];

describe('clients that name no server', () => {
  it.each<[string, string, string[], boolean]>([
    ['came to its address', '203.0.113.7', ['203.0.113.7'], true],
    ['came to it by a socket for both families', '::ffff:203.0.113.7', ['203.0.113.7'], true],
    ['came to its IPv6 address, written at length', '2001:db8:0::7', ['2001:0db8::7'], true],
    ['came to another interface', '10.0.0.5', ['203.0.113.7'], false],
    ['came to another by a socket for both families', '::ffff:10.0.0.5', ['203.0.113.7'], false],
    ['came to another IPv6 address', '2001:db8::5', ['2001:db8::7'], false],
    ['came by IPv6 to one that is for an IPv4 address', '2001:db8::5', ['203.0.113.7'], false],
    ['came by IPv6 to one that is for an IPv4 address behind NAT', '2001:db8::5', ['198.51.100.1'], false],
    ['may have been given one that is translated to this', '10.0.0.5', ['198.51.100.1'], true],
    ['may have been given that beside an IPv6 address', '10.0.0.5', ['198.51.100.1', '2001:db8::7'], true],
    ['are on this machine', '127.0.0.1', ['198.51.100.1'], false],
    ['are on this machine, by a socket for both families', '::ffff:127.0.0.1', ['198.51.100.1'], false],
    ['are on this machine, by IPv6', '::1', ['2001:db8::9'], false],
    ['came to a link-local address', 'fe80::1%eth0', ['2001:db8::7'], false],
    ['came to a link-local address that it is for', 'fe80::1%eth0', ['fe80::1'], true],
    ['came nobody knows where to', '', ['203.0.113.7'], false],
    ['came to any address, where it is for names alone', '203.0.113.7', [], false],
  ])('and %s', async (_what, address, certified, isServed) => {
    const certificate = await make(['copilot.example'], certified);
    expect(isServedTo(certificate, { name: undefined, address }, machine)).toBe(isServed);
  });
});

describe('clients that name', () => {
  it.each<[string, boolean]>([
    ['copilot.example', true],
    ['COPILOT.example', true],
    ['a.team.example', true],
    ['a.b.team.example', false],
    ['team.example', false],
    ['localhost', false],
    ['203.0.113.7', true],
    ['2001:DB8:0::7', true],
    ['10.0.0.5', false],
    ['fe80::1%eth0', false],
    ['copilot.example\0.evil.example', false],
    ['', false],
  ])('«%s», wherever they came to', async (name, isServed) => {
    const certificate = await make(['copilot.example', '*.team.example'], ['203.0.113.7', '2001:db8::7']);
    for (const address of ['203.0.113.7', '10.0.0.5', '']) {
      expect(isServedTo(certificate, { name, address }, machine)).toBe(isServed);
    }
  });
});

it('the addresses of a certificate are written in one way', async () => {
  expect(addressesOf(await make(['x'], ['192.0.2.1', '2001:DB8:0:0::1']))).toEqual([
    '192.0.2.1',
    '2001:db8::1',
  ]);
  expect(addressesOf(await make(['x']))).toEqual([]);
});
