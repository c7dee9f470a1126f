import { BlockList, isIPv4 } from 'node:net';
import { isIPv6 } from '../network/address.ts';

/**
 * Ends of names that lead nowhere outside a network, so that no public CA certifies them: reserved (RFC 6761, RFC
 * 6762, RFC 7686, RFC 8375, RFC 9476), set aside by ICANN (internal), or used like that for so long that they will
 * not be given out (ICANN's name collisions: corp, home, mail) or are no domains (the others).
 */
const privateEnds = [
  'alt',
  'arpa',
  'corp',
  'example',
  'home',
  'internal',
  'intranet',
  'invalid',
  'lan',
  'local',
  'localdomain',
  'localhost',
  'mail',
  'onion',
  'private',
  'test',
];

/** Whether a name in lower case may lead here from anywhere, as far as its end tells. */
export function isPublicName(name: string): boolean {
  const end = name.slice(name.lastIndexOf('.') + 1);
  return name.includes('.') && !privateEnds.includes(end);
}

/** IANA's special-purpose registries (RFC 6890) and multicast, as far as addresses there are not globally reachable. */
const special = new BlockList();
for (const network of [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
]) {
  const [address = '', prefix] = network.split('/');
  special.addSubnet(address, Number(prefix), isIPv4(address) ? 'ipv4' : 'ipv6');
}

/** Of IPv6, only this much has been given out for unicast. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/** Whether an address may be reached from anywhere, as far as its network tells. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !special.check(address, 'ipv4');
  return isIPv6(address) && globalUnicast.check(address, 'ipv6') && !special.check(address, 'ipv6');
}
