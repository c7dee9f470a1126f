import { sameNetwork } from './address.ts';
import type { InterfaceSettings, StaticAddress } from './interfaces.ts';

/** Files of this name are the agent's own: it removes those of NICs that are gone. They sort before 90-default. */
export const networkFilePattern = /^50-onepilot-eth\d+\.network$/;

export interface NetworkFile {
  readonly name: string;
  readonly content: string;
}

/** The systemd.network(5) file for each interface the context describes. */
export function renderNetworkFiles(interfaces: readonly InterfaceSettings[]): NetworkFile[] {
  return interfaces.map((settings) => ({
    name: `50-onepilot-eth${settings.index}.network`,
    content: render(settings),
  }));
}

type Line = readonly [key: string, value: string | number];

function render(settings: InterfaceSettings): string {
  const { mac, skip, mtu, metric, metric6, ipv4, ipv6, routes, onegate } = settings;
  const head = [
    '# Written by onepilot-agent from the OpenNebula context; changes made here are lost.',
    ...section('Match', [['MACAddress', mac]]),
  ];
  if (skip) return text([...head, ...section('Link', [['Unmanaged', 'yes']])]);
  return text([
    ...head,
    ...section('Link', mtu === undefined ? [] : [['MTUBytes', mtu]]),
    ...section('Network', networkLines(settings)),
    ...defaultRoute(ipv4, metric),
    ...defaultRoute(ipv6, metric6),
    ...routes.flatMap(({ destination, gateway }) =>
      section('Route', [
        ['Destination', destination],
        ['Gateway', gateway],
      ]),
    ),
    ...(onegate === undefined
      ? []
      : section('Route', [
          ['Destination', `${onegate}/32`],
          ['Scope', 'link'],
        ])),
    // The lease follows the NIC: machine-id is made anew on each clone.
    ...(ipv4 === 'dhcp'
      ? section('DHCPv4', [
          ['ClientIdentifier', 'mac'],
          ...(metric === undefined ? [] : [['RouteMetric', metric] as const]),
        ])
      : []),
    ...(ipv6 === 'auto' ? section('IPv6AcceptRA', [['DHCPv6Client', 'no']]) : []),
  ]);
}

function networkLines({ ipv4, ipv6, further, dns, searchDomains }: InterfaceSettings): Line[] {
  const dhcp4 = ipv4 === 'dhcp';
  const dhcp6 = ipv6 === 'dhcp';
  const lines: Line[] = [['DHCP', dhcp4 && dhcp6 ? 'yes' : dhcp4 ? 'ipv4' : dhcp6 ? 'ipv6' : 'no']];
  for (const family of [ipv4, ipv6, ...further]) {
    if (typeof family === 'object') lines.push(['Address', `${family.address}/${family.prefix}`]);
  }
  if (ipv6 !== 'none') lines.push(['IPv6AcceptRA', ipv6 === 'auto' || dhcp6 ? 'yes' : 'no']);
  if (ipv6 === 'disable') lines.push(['LinkLocalAddressing', 'no']);
  lines.push(...dns.map((server): Line => ['DNS', server]));
  if (searchDomains.length > 0) lines.push(['Domains', searchDomains.join(' ')]);
  return lines;
}

function defaultRoute(family: StaticAddress | string, metric: number | undefined): string[] {
  if (typeof family === 'string' || family.gateway === undefined) return [];
  const { address, gateway, prefix } = family;
  const lines: Line[] = [['Gateway', gateway]];
  // Hosters route /32 addresses through a gateway outside the network; the kernel refuses it otherwise.
  if (!address.includes(':') && !sameNetwork(address, gateway, prefix)) lines.push(['GatewayOnLink', 'yes']);
  if (metric !== undefined) lines.push(['Metric', metric]);
  return section('Route', lines);
}

function section(name: string, lines: readonly Line[]): string[] {
  if (lines.length === 0) return [];
  return ['', `[${name}]`, ...lines.map(([key, value]) => `${key}=${value}`)];
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
