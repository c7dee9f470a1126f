import { isIPv4, isIPv6 as isScopedIPv6, SocketAddress } from 'node:net';

/** Whether `text` is an IPv6 address without a zone (`%eth0`), which Node's own test lets through. */
export function isIPv6(text: string): boolean {
  return isScopedIPv6(text) && !text.includes('%');
}

/** One way of writing each address: lower case, zeros compressed (RFC 5952). */
export function canonicalAddress(address: string): string {
  return isIPv6(address) ? new SocketAddress({ address, family: 'ipv6' }).address : address;
}

/** An IPv4 address as a number from 0 to 2^32 - 1; undefined when it is none. */
export function ipv4Number(address: string): number | undefined {
  if (!isIPv4(address)) return undefined;
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** The prefix length (0..32) of a netmask like 255.255.255.0, or of a plain `24`; undefined when it is neither. */
export function prefixOfMask(mask: string): number | undefined {
  if (/^\d{1,2}$/.test(mask)) return Number(mask) <= 32 ? Number(mask) : undefined;
  const number = ipv4Number(mask);
  if (number === undefined) return undefined;
  const bits = number.toString(2).padStart(32, '0');
  return /^1*0*$/.test(bits) ? bits.lastIndexOf('1') + 1 : undefined;
}

/** Whether two IPv4 addresses are in one network of `prefix` bits. */
export function sameNetwork(a: string, b: string, prefix: number): boolean {
  const size = 2 ** (32 - prefix);
  const [first, second] = [ipv4Number(a), ipv4Number(b)];
  if (first === undefined || second === undefined) return false;
  return Math.floor(first / size) === Math.floor(second / size);
}

/** Whether `text` is `address/prefix`, or an address alone. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix, rest] = text.split('/');
  if (rest !== undefined) return false;
  const bits = prefix === undefined ? 0 : /^\d{1,3}$/.test(prefix) ? Number(prefix) : 999;
  return (isIPv4(address) && bits <= 32) || (isIPv6(address) && bits <= 128);
}
