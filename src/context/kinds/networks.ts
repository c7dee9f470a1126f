import { isIPv4 } from 'node:net';
import { failure, type OnePilotError } from '../../errors/catalogue.ts';
import { canonicalAddress, isIPv6 } from '../../network/address.ts';
import { shown } from '../shown.ts';
import type { Description, Variable } from '../variable.ts';

/** Networks that may reach a port, each as `address/prefix` in its canonical form. None means everybody. */
export function networks(row: Description): Variable<readonly string[]> {
  const { name, example } = row;
  return {
    ...row,
    input: 'text',
    secret: false,
    offered: true,
    rule: 'a list of networks or addresses (IPv4 and IPv6), separated by commas or spaces',
    default: [],
    shownDefault: '',
    read(raw) {
      const found = new Set<string>();
      const problems: OnePilotError[] = [];
      for (const item of raw.split(/[\s,]+/).filter((part) => part !== '')) {
        const network = parseNetwork(item);
        if (network === undefined) {
          problems.push(failure('CONTEXT_BAD_NETWORK', { variable: name, found: shown(item), example }));
        } else if (network.hostBits) {
          const { canonical } = network;
          problems.push(
            failure('CONTEXT_HOST_BITS', { variable: name, found: shown(item), network: canonical }),
          );
        } else {
          found.add(network.canonical);
        }
      }
      // No network means everybody, which nobody asks for with a comma alone.
      if (found.size === 0 && problems.length === 0) {
        problems.push(failure('CONTEXT_BAD_NETWORK', { variable: name, found: shown(raw), example }));
      }
      return problems.length > 0 ? { problems } : { value: [...found] };
    },
  };
}

interface Network {
  readonly canonical: string;
  /** Whether the address named was one inside the network and not the network itself. */
  readonly hostBits: boolean;
}

function parseNetwork(text: string): Network | undefined {
  const [, address = '', prefixText] = /^([^/]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const family = isIPv4(address) ? ipv4 : isIPv6(address) ? ipv6 : undefined;
  if (family === undefined) return undefined;
  const prefix = prefixText === undefined ? family.bits : Number(prefixText);
  if (prefix > family.bits) return undefined;
  const number = family.parse(address);
  const host = BigInt(family.bits - prefix);
  const base = (number >> host) << host;
  return { canonical: `${family.format(base)}/${prefix}`, hostBits: base !== number };
}

const ipv4 = {
  bits: 32,
  parse: (address: string) => joined(address.split('.').map(Number), 8n),
  format: (number: bigint) => parts(number, 4, 8n).join('.'),
};

const ipv6 = {
  bits: 128,
  parse(address: string) {
    // An IPv4 address may stand for the last two groups (RFC 4291, section 2.2).
    const plain = address.replace(/[\d.]+$/, (end) => {
      if (!end.includes('.')) return end;
      return parts(ipv4.parse(end), 2, 16n).map(hex).join(':');
    });
    const [head = '', tail] = plain.split('::');
    const groups = (half: string) => half.split(':').filter((group) => group !== '');
    const before = groups(head);
    const after = groups(tail ?? '');
    const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
    return joined(
      [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16)),
      16n,
    );
  },
  format: (number: bigint) => canonicalAddress(parts(number, 8, 16n).map(hex).join(':')),
};

function hex(part: bigint): string {
  return part.toString(16);
}

function joined(groups: readonly number[], bits: bigint): bigint {
  return groups.reduce((sum, group) => (sum << bits) + BigInt(group), 0n);
}

/** The lowest `count` groups of `bits` bits, the highest first. */
function parts(number: bigint, count: number, bits: bigint): bigint[] {
  const mask = (1n << bits) - 1n;
  return Array.from({ length: count }, (_, index) => (number >> (BigInt(count - 1 - index) * bits)) & mask);
}
