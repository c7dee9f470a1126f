import { isIPv6 } from 'node:net';

/**
 * What stands for whoever has `address`: an IPv4 address, or the /64 of an IPv6 one, of which each machine has
 * all. IPv4 addresses that a socket of both families maps (RFC 4291, section 2.5.5.2) are what they stand for.
 * @param address Undefined once the connection is gone.
 */
export function addressGroup(address = ''): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [plain = ''] = address.split('%');
  if (!isIPv6(plain)) return address;
  const [left = '', right] = plain.split('::');
  const before = groups(left);
  const after = groups(right ?? '');
  const between = right === undefined ? 0 : 8 - before.length - after.length;
  const all = [...before, ...Array<string>(between).fill('0'), ...after];
  return `${all.slice(0, 4).join(':')}::/64`;
}

/** As numbers without leading zeros. A dotted end is beyond the first four groups, and stands for two. */
function groups(text: string): string[] {
  if (text === '') return [];
  return text
    .split(':')
    .flatMap((group) => (group.includes('.') ? ['', ''] : [Number.parseInt(group, 16).toString(16)]));
}
