import { isIPv4 } from 'node:net';
import type { RawValues } from '../context/context-sh.ts';
import { asProblem, given } from '../context/parse.ts';
import { type ErrorCode, type ErrorValues, failure } from '../errors/catalogue.ts';
import type { ContextProblem } from '../gateway/configuration.ts';
import { isIPv6, isNetwork, prefixOfMask } from './address.ts';

export interface Route {
  readonly destination: string;
  readonly gateway: string;
}

export interface StaticAddress {
  readonly address: string;
  readonly prefix: number;
  readonly gateway: string | undefined;
}

/** What the context says of one network interface. */
export interface InterfaceSettings {
  /** N of ETHN. */
  readonly index: number;
  /** Lower case, colons. */
  readonly mac: string;
  /** `none`: no address of this family is configured. */
  readonly ipv4: StaticAddress | 'dhcp' | 'none';
  readonly ipv6: StaticAddress | 'dhcp' | 'auto' | 'disable' | 'none';
  /** METHOD=skip: somebody else configures this interface. */
  readonly skip: boolean;
  readonly dns: readonly string[];
  readonly searchDomains: readonly string[];
  /** Bytes, 68..65535. */
  readonly mtu: number | undefined;
  readonly metric: number | undefined;
  readonly metric6: number | undefined;
  readonly routes: readonly Route[];
}

export interface NetworkSettings {
  readonly interfaces: readonly InterfaceSettings[];
  readonly problems: readonly ContextProblem[];
}

const methods = ['static', 'dhcp', 'skip'];
const methods6 = ['static', 'auto', 'dhcp', 'disable', 'skip'];

/**
 * Reads the `ETHn_*` variables that OpenNebula's core writes for each NIC (NETWORK=YES). An interface whose
 * static address is missing or wrong gets DHCP, so that the machine may still be reached and corrected.
 */
export function parseInterfaces(values: RawValues): NetworkSettings {
  const problems: ContextProblem[] = [];
  const interfaces = [...values.keys()]
    .map((name) => /^ETH(\d{1,3})_MAC$/.exec(name)?.[1])
    .filter((index) => index !== undefined && given(values, `ETH${index}_MAC`))
    .map(Number)
    .sort((a, b) => a - b)
    .map((index) => parseInterface(index, values, problems));
  return { interfaces: interfaces.filter((found) => found !== undefined), problems };
}

function parseInterface(
  index: number,
  values: RawValues,
  problems: ContextProblem[],
): InterfaceSettings | undefined {
  const name = (key: string) => `ETH${index}_${key}`;
  const report = <Code extends ErrorCode>(code: Code, key: string, details: ErrorValues<Code>): undefined => {
    problems.push(asProblem(failure(code, details), name(key)));
  };
  const get = (key: string) => given(values, name(key));
  /** The value if `accept` does; reports it otherwise. */
  const checked = (key: string, expected: string, accept: (value: string) => boolean): string | undefined => {
    const found = get(key);
    if (found === undefined || accept(found)) return found;
    return report('CONTEXT_BAD_ADDRESS', key, { variable: name(key), found, expected });
  };
  const number = (key: string, minimum: number, maximum: number, example: number): number | undefined => {
    const found = get(key);
    if (found === undefined) return undefined;
    if (/^\d{1,10}$/.test(found) && Number(found) >= minimum && Number(found) <= maximum)
      return Number(found);
    return report('CONTEXT_BAD_NUMBER', key, { variable: name(key), found, minimum, maximum, example });
  };
  const method = (key: string, allowed: readonly string[]): string | undefined => {
    const found = get(key)?.toLowerCase();
    if (found === undefined || allowed.includes(found)) return found;
    const expected = allowed.join(', ');
    return report('CONTEXT_BAD_METHOD', key, { variable: name(key), found, expected });
  };
  const list = (key: string) => get(key)?.split(/[\s,]+/) ?? [];

  const mac = checked('MAC', 'MAC address', (text) => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text));
  if (mac === undefined) return undefined;

  const address = checked('IP', 'IPv4 address', isIPv4);
  const prefix = prefixOfMask(
    checked('MASK', 'netmask', (text) => prefixOfMask(text) !== undefined) ?? '255.255.255.0',
  );
  const gateway = checked('GATEWAY', 'IPv4 address', isIPv4);
  const address6 = checked('IP6', 'IPv6 address', isIPv6);
  const prefix6 = number('IP6_PREFIX_LENGTH', 0, 128, 64) ?? 64;
  const gateway6 = checked('IP6_GATEWAY', 'IPv6 address', isIPv6);
  const wanted = method('METHOD', methods) ?? 'static';
  const wanted6 = method('IP6_METHOD', methods6) ?? 'static';

  const static4 =
    wanted === 'static' && address !== undefined && prefix !== undefined
      ? { address, prefix, gateway }
      : undefined;
  const static6 =
    wanted6 === 'static' && address6 !== undefined
      ? { address: address6, prefix: prefix6, gateway: gateway6 }
      : undefined;
  // An address range without addresses leaves IP empty: the network's own DHCP server then has them.
  const alone = static6 !== undefined || wanted6 === 'auto' || wanted6 === 'dhcp';
  return {
    index,
    mac: mac.toLowerCase(),
    skip: wanted === 'skip',
    ipv4: static4 ?? (wanted === 'static' && alone && !get('IP') ? 'none' : 'dhcp'),
    ipv6: static6 ?? (wanted6 === 'auto' || wanted6 === 'dhcp' || wanted6 === 'disable' ? wanted6 : 'none'),
    dns: list('DNS').filter((found) => {
      if (isIPv4(found) || isIPv6(found)) return true;
      return report('CONTEXT_BAD_ADDRESS', 'DNS', { variable: name('DNS'), found, expected: 'IP address' });
    }),
    searchDomains: list('SEARCH_DOMAIN').filter((found) => {
      if (/^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9])?\.?$/.test(found)) return true;
      const details = { variable: name('SEARCH_DOMAIN'), found, expected: 'domain name' };
      return report('CONTEXT_BAD_ADDRESS', 'SEARCH_DOMAIN', details);
    }),
    mtu: number('MTU', 68, 65_535, 1500),
    metric: number('METRIC', 0, 4_294_967_295, 100),
    metric6: number('IP6_METRIC', 0, 4_294_967_295, 100),
    routes: (get('ROUTES')?.split(',') ?? []).flatMap((text) => {
      const found = text.trim();
      if (!found) return [];
      const [, destination = '', router = ''] = /^(\S+)\s+via\s+(\S+)$/.exec(found) ?? [];
      if (isNetwork(destination) && (isIPv4(router) || isIPv6(router))) {
        return [{ destination, gateway: router }];
      }
      report('CONTEXT_BAD_ROUTE', 'ROUTES', { variable: name('ROUTES'), found });
      return [];
    }),
  };
}
