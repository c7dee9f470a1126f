import { BlockList, isIPv4 } from 'node:net';
import { isIPv6 } from './address.ts';

/** What is not globally reachable of the IPv4 space (IANA's special-purpose address registry), and multicast. */
const notPublic4 = [
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
];

/** Global unicast (RFC 4291, section 2.4), and what of it is for tunnels, tests and books. */
const global6 = '2000::/3';
const notPublic6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const private4 = listOf(notPublic4, 'ipv4');
const unicast6 = listOf([global6], 'ipv6');
const special6 = listOf(notPublic6, 'ipv6');

/** Whether the whole internet may reach `address`, as far as the address itself tells; false for what is none. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !private4.check(address, 'ipv4');
  return isIPv6(address) && unicast6.check(address, 'ipv6') && !special6.check(address, 'ipv6');
}

function listOf(networks: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
