import { itemsOf, type Policy, type StatedPort } from './policy.ts';

/** The command whose output {@link parseSockets} reads; it needs root to see processes. */
export const listCommand = 'ss -H -lntup';

/** A socket that waits for others, as `ss` shows it. */
export interface ListeningSocket {
  readonly protocol: string;
  /** Address without brackets and interface; `*` is every one, of both families. */
  readonly address: string;
  readonly port: number;
  /** Names of the processes that hold it, as the kernel calls them. */
  readonly processes: readonly string[];
}

/** Parses the output of `ss -H -lntup` (iproute2). @throws Error for a line that is no socket */
export function parseSockets(output: string): ListeningSocket[] {
  return output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [protocol = '', , , , local = '', , ...rest] = line.trim().split(/\s+/);
      const [, address = '', port] = /^(.*):(\d+)$/.exec(local) ?? [];
      if (port === undefined) throw new Error(`ss printed what is no socket: ${line}`);
      return {
        protocol,
        address: address.replace(/%.*$/, '').replace(/^\[|\]$/g, ''),
        port: Number(port),
        processes: [...rest.join(' ').matchAll(/\("([^"]*)",pid=/g)].map(([, name = '']) => name),
      };
    });
}

function isLoopback(address: string): boolean {
  return /^(?:::ffff:)?127\./.test(address) || address === '::1';
}

function allows(stated: StatedPort, { protocol, address, port, processes }: ListeningSocket): boolean {
  return (
    stated.protocol === protocol &&
    (stated.port === port || stated.port === 'any') &&
    (stated.reach === 'everybody' || isLoopback(address)) &&
    processes.includes(stated.process)
  );
}

/** A sentence for each socket that `appliance/audit.yaml` does not state. */
export function strangeSockets(sockets: readonly ListeningSocket[], policy: Policy): string[] {
  const stated = itemsOf(policy.listening);
  return sockets
    .filter((socket) => !stated.some((port) => allows(port, socket)))
    .map(({ protocol, address, port, processes }) => {
      const holder = processes.length > 0 ? [...new Set(processes)].join(', ') : 'an unknown process';
      return `${holder} listens on ${protocol} ${address.includes(':') ? `[${address}]` : address}:${port}`;
    });
}
