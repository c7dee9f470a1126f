import { isIPv4 } from 'node:net';

/** Who may reach the appliance. Each network is an address, or an address with a prefix length, of either family. */
export interface FirewallSettings {
  /** HTTPS and HTTP; everybody when empty. */
  readonly allowedNetworks: readonly string[];
  /** SSH; everybody when empty. */
  readonly sshAllowedNetworks: readonly string[];
  /**
   * Whether an ACME CA looks at port 80 (RFC 8555, section 8.3): it comes from anywhere, so everybody may reach that.
   * What answers there has nothing but challenges, and sends everybody else to HTTPS.
   */
  readonly challenges: boolean;
}

/**
 * The text of /etc/nftables.conf (nft(8)). It replaces our own table in one transaction, so that loading it again
 * leaves neither a moment without rules nor rules that somebody else has made changed. The engine and the gateway
 * need no forwarding; what the machine itself sends is not filtered.
 */
export function renderFirewall({
  allowedNetworks,
  sshAllowedNetworks,
  challenges,
}: FirewallSettings): string {
  const openHttp = challenges && allowedNetworks.length > 0 ? acceptRules('http', [], '80') : '';
  return `#!/usr/sbin/nft -f
# Written by onepilot-agent from the OpenNebula context; changes made here are lost.

table inet onepilot
delete table inet onepilot

table inet onepilot {
${networkSets('https', allowedNetworks)}${networkSets('ssh', sshAllowedNetworks)}\tchain input {
		type filter hook input priority filter; policy drop;
		iif "lo" accept
		ct state vmap { established : accept, related : accept, invalid : drop }

		icmp type { echo-request, destination-unreachable, time-exceeded, parameter-problem } accept
		icmpv6 type { echo-request, destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept
		icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept
		icmpv6 type mld-listener-query ip6 saddr fe80::/10 accept
		ip6 daddr fe80::/10 udp dport 546 accept

${acceptRules('https', allowedNetworks, '{ 80, 443 }')}${openHttp}${acceptRules('ssh', sshAllowedNetworks, '22')}\t}

	chain forward {
		type filter hook forward priority filter; policy drop;
	}
}
`;
}

const families = [
  { digit: 4, saddr: 'ip saddr', holds: (network: string) => isIPv4(addressOf(network)) },
  { digit: 6, saddr: 'ip6 saddr', holds: (network: string) => !isIPv4(addressOf(network)) },
] as const;

function addressOf(network: string): string {
  return network.split('/')[0] ?? network;
}

function networkSets(name: string, networks: readonly string[]): string {
  return families
    .map(({ digit, holds }) => ({ digit, members: [...new Set(networks.filter(holds))].sort() }))
    .filter(({ members }) => members.length > 0)
    .map(
      // Networks may overlap, which an interval set refuses without auto-merge.
      ({ digit, members }) => `	set ${name}${digit} {
		type ipv${digit}_addr
		flags interval
		auto-merge
		elements = { ${members.join(', ')} }
	}

`,
    )
    .join('');
}

function acceptRules(name: string, networks: readonly string[], ports: string): string {
  if (networks.length === 0) return `\t\ttcp dport ${ports} accept\n`;
  return families
    .filter(({ holds }) => networks.some(holds))
    .map(({ digit, saddr }) => `\t\t${saddr} @${name}${digit} tcp dport ${ports} accept\n`)
    .join('');
}
