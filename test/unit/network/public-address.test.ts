import { expect, it } from 'vitest';
import { isPublicAddress } from '../../../src/network/public-address.ts';

it.each(['8.8.8.8', '100.63.255.255', '172.32.0.1', '2a00:1450::1', '2606:4700::1111'])(
  '%s is reached from everywhere',
  (address) => expect(isPublicAddress(address)).toBe(true),
);

it.each([
  ['10.1.2.3', 'a private network (RFC 1918)'],
  ['172.31.255.255', 'a private network'],
  ['192.168.1.1', 'a private network'],
  ['100.64.0.1', 'carriers’ translators (RFC 6598)'],
  ['127.0.0.1', 'the machine itself'],
  ['169.254.1.1', 'one link'],
  ['203.0.113.5', 'books (RFC 5737)'],
  ['224.0.0.1', 'multicast'],
  ['fd00::1', 'a private network (RFC 4193)'],
  ['fe80::1', 'one link'],
  ['::1', 'the machine itself'],
  ['2001:db8::5', 'books (RFC 3849)'],
  ['::ffff:8.8.8.8', 'a socket’s way of writing IPv4'],
  ['2a00::1%eth0', 'one interface'],
  ['example.org', 'nothing: it is a name'],
])('%s is not: it is for %s', (address) => expect(isPublicAddress(address)).toBe(false));
