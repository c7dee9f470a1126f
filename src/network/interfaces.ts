import { isIPv4 } from 'node:net';
import type { RawValues } from '../context/context-sh.ts';
import { given } from '../context/parse.ts';
import { shown } from '../context/shown.ts';
import type { ContextProblem } from '../gateway/configuration.ts';
import { isIPv6, isNetwork, prefixOfMask } from './address.ts';
import { type Fields, fieldsOf } from './fields.ts';

export interface Route {
  readonly destination: string;
  readonly gateway: string;
}

export interface Address {
  readonly address: string;
  readonly prefix: number;
}

export interface StaticAddress extends Address {
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
  /** Of both families, beside those: the unique local one (IP6_ULA) and those of NIC aliases. */
  readonly further: readonly Address[];
  /** METHOD=skip: somebody else configures this interface. */
  readonly skip: boolean;
  /** The interface's own before those of the whole VM. */
  readonly dns: readonly string[];
  readonly searchDomains: readonly string[];
  /** Bytes, 68..65535. */
  readonly mtu: number | undefined;
  readonly metric: number | undefined;
  readonly metric6: number | undefined;
  readonly routes: readonly Route[];
  /** OneGate's IPv4 link-local address, when it is to be reached on this link. */
  readonly onegate: string | undefined;
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
  const shared = resolversOf(fieldsOf(values, '', problems));
  const interfaces = [...values.keys()]
    .map((name) => /^ETH(\d{1,3})_MAC$/.exec(name)?.[1])
    .filter((index) => index !== undefined && given(values, `ETH${index}_MAC`))
    .map(Number)
    .sort((a, b) => a - b)
    .map((index) => parseInterface(index, values, shared, problems))
    .filter((found) => found !== undefined);
  const first = interfaces.find(({ skip, ipv4 }) => !skip && ipv4 !== 'none');
  const onegate = linkLocalOneGate(values);
  return {
    interfaces: interfaces.map((settings) => (settings === first ? { ...settings, onegate } : settings)),
    problems,
  };
}

/** The address of a OneGate that one-apps' proxy on the host offers to each VM, which no router knows. */
function linkLocalOneGate(values: RawValues): string | undefined {
  const endpoint = given(values, 'ONEGATE_ENDPOINT') ?? '';
  const host = URL.canParse(endpoint) ? new URL(endpoint).hostname : '';
  return isIPv4(host) && host.startsWith('169.254.') ? host : undefined;
}

function resolversOf({ list }: Fields): Pick<InterfaceSettings, 'dns' | 'searchDomains'> {
  return {
    dns: list('DNS', 'IP address', (text) => isIPv4(text) || isIPv6(text)),
    searchDomains: list('SEARCH_DOMAIN', 'domain name', (text) =>
      /^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9])?\.?$/.test(text),
    ),
  };
}

function parseInterface(
  index: number,
  values: RawValues,
  shared: Pick<InterfaceSettings, 'dns' | 'searchDomains'>,
  problems: ContextProblem[],
): InterfaceSettings | undefined {
  const fields = fieldsOf(values, `ETH${index}_`, problems);
  const { get, choice, number } = fields;
  const mac = fields.checked('MAC', 'MAC address', (text) => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text));
  if (mac === undefined) return undefined;

  const address4 = ipv4Of(fields);
  const gateway = fields.ipv4('GATEWAY');
  const address6 = ipv6Of(fields);
  const local6 = uniqueLocalOf(fields);
  const gateway6 = fields.ipv6('IP6_GATEWAY');
  const wanted = choice('METHOD', methods) ?? 'static';
  // Who leaves an interface to somebody else leaves both families, unless IP6_METHOD says otherwise.
  const wanted6 = choice('IP6_METHOD', methods6) ?? (wanted === 'skip' ? 'skip' : 'static');

  const static4 = wanted === 'static' && address4 !== undefined ? { ...address4, gateway } : undefined;
  const static6 =
    wanted6 === 'static' && address6 !== undefined ? { ...address6, gateway: gateway6 } : undefined;
  const locals = wanted6 === 'static' && local6 !== undefined ? [local6] : [];
  // An address range without addresses leaves IP empty: the network's own DHCP server then has them.
  const alone = static6 !== undefined || locals.length > 0 || wanted6 === 'auto' || wanted6 === 'dhcp';
  const none4 = wanted === 'skip' || (wanted === 'static' && alone && !get('IP'));
  const ipv6 =
    static6 ?? (wanted6 === 'auto' || wanted6 === 'dhcp' || wanted6 === 'disable' ? wanted6 : 'none');
  const own = resolversOf(fields);
  const metric = number('METRIC', 0, 4_294_967_295, 100);
  return {
    index,
    mac: mac.toLowerCase(),
    skip: wanted === 'skip' && (ipv6 === 'none' || ipv6 === 'disable'),
    ipv4: static4 ?? (none4 ? 'none' : 'dhcp'),
    ipv6,
    further: [...locals, ...aliasesOf(index, values, problems)].filter(
      ({ address }) => ipv6 !== 'disable' || isIPv4(address),
    ),
    dns: [...new Set([...own.dns, ...shared.dns])],
    searchDomains: [...new Set([...own.searchDomains, ...shared.searchDomains])],
    mtu: number('MTU', 68, 65_535, 1500),
    metric,
    metric6: number('IP6_METRIC', 0, 4_294_967_295, 100) ?? metric,
    routes: routesOf(fields, `ETH${index}_ROUTES`),
    onegate: undefined,
  };
}

function ipv4Of(fields: Fields): Address | undefined {
  const address = fields.ipv4('IP');
  const mask = fields.checked('MASK', 'netmask', (text) => prefixOfMask(text) !== undefined);
  const prefix = prefixOfMask(mask ?? '255.255.255.0');
  return address === undefined || prefix === undefined ? undefined : { address, prefix };
}

function ipv6Of(fields: Fields): Address | undefined {
  const address = fields.ipv6('IP6');
  const prefix = fields.number('IP6_PREFIX_LENGTH', 0, 128, 64) ?? 64;
  return address === undefined ? undefined : { address, prefix };
}

/** Core makes these addresses itself, always from a prefix of 64 bits. */
function uniqueLocalOf(fields: Fields): Address | undefined {
  const address = fields.ipv6('IP6_ULA');
  return address === undefined ? undefined : { address, prefix: 64 };
}

/** The addresses of the NIC's aliases, in order of their numbers. */
function aliasesOf(index: number, values: RawValues, problems: ContextProblem[]): Address[] {
  const pattern = new RegExp(`^ETH${index}_ALIAS(\\d{1,3})_`);
  const numbers = [...values.keys()].flatMap((name) => pattern.exec(name)?.[1] ?? []);
  return (
    [...new Set(numbers)]
      .sort((a, b) => Number(a) - Number(b))
      .map((alias) => fieldsOf(values, `ETH${index}_ALIAS${alias}_`, problems))
      // An external alias is translated outside of the VM, a detached one is about to go: neither is an address here.
      .filter((fields) => !fields.isTrue('EXTERNAL') && fields.get('DETACH') === undefined)
      .flatMap((fields) => [ipv4Of(fields), ipv6Of(fields), uniqueLocalOf(fields)])
      .filter((found) => found !== undefined)
  );
}

function routesOf({ get, report }: Fields, variable: string): Route[] {
  return (get('ROUTES')?.split(',') ?? []).flatMap((text) => {
    const found = text.trim();
    if (!found) return [];
    const [, destination = '', router = ''] = /^(\S+)\s+via\s+(\S+)$/.exec(found) ?? [];
    if (isNetwork(destination) && (isIPv4(router) || isIPv6(router))) {
      return [{ destination, gateway: router }];
    }
    report('CONTEXT_BAD_ROUTE', 'ROUTES', { variable, found: shown(found) });
    return [];
  });
}
