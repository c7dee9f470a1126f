import { Child, ran } from './child.ts';

/** A machine of the network: a network namespace with addresses of its own, where every port is free. */
export class Host {
  /** The namespace lasts as long as the processes in it; this one ends with the test's. */
  readonly #holder: Child;

  private constructor(holder: Child) {
    this.#holder = holder;
  }

  static async open(): Promise<Host> {
    const holder = new Child(['unshare', '--net', 'sh', '-c', 'ip link set lo up && echo up && exec cat']);
    await holder.printed(/up/);
    return new Host(holder);
  }

  /** A process in it, which stands for it. */
  get pid(): number {
    return this.#holder.pid;
  }

  start(argv: readonly string[], environment?: Readonly<Record<string, string>>): Child {
    return new Child(this.#on(argv), environment);
  }

  run(argv: readonly string[], input?: string): Promise<string> {
    return ran(this.#on(argv), input);
  }

  /** Has the firewall drop or refuse what comes to `port` over TCP, until `unblock`. */
  async block(port: number, verdict: 'drop' | 'reject with tcp reset'): Promise<void> {
    const chain = `chain input { type filter hook input priority 0; tcp dport ${port} ${verdict}; }`;
    await this.run(['nft', '-f', '-'], `table inet blocked { ${chain}; }\n`);
  }

  async unblock(): Promise<void> {
    await this.run(['nft', 'delete', 'table', 'inet', 'blocked']);
  }

  close(): Promise<void> {
    return this.#holder.kill();
  }

  #on(argv: readonly string[]): string[] {
    return ['nsenter', `--net=/proc/${this.pid}/ns/net`, '--', ...argv];
  }
}

/** Hosts with a switch between them and no way out. */
export interface Network<Name extends string> {
  readonly hosts: Readonly<Record<Name, Host>>;
  close(): Promise<void>;
}

/**
 * Makes hosts in network namespaces; needs root.
 * @param addresses Of each host, with their prefixes, like `198.51.100.7/24`.
 */
export async function openNetwork<Name extends string>(
  addresses: Readonly<Record<Name, readonly string[]>>,
): Promise<Network<Name>> {
  const names = Object.keys(addresses).filter((name): name is Name => name in addresses);
  const between = await Host.open();
  const opened: Host[] = [between];
  const hosts: Partial<Record<Name, Host>> = {};
  const close = async () => {
    await Promise.all(opened.map((host) => host.close()));
  };
  try {
    await between.run(['ip', 'link', 'add', 'bridge', 'up', 'type', 'bridge']);
    for (const [at, name] of names.entries()) {
      const host = await Host.open();
      opened.push(host);
      const cable = ['type', 'veth', 'peer', 'name', 'eth0', 'netns', String(host.pid)];
      await between.run(['ip', 'link', 'add', `port${at}`, 'up', 'master', 'bridge', ...cable]);
      for (const address of addresses[name]) {
        // Whether an IPv6 address is free takes a second to find out, and all are.
        const nodad = address.includes(':') ? ['nodad'] : [];
        await host.run(['ip', 'address', 'add', address, 'dev', 'eth0', ...nodad]);
      }
      await host.run(['ip', 'link', 'set', 'eth0', 'up']);
      hosts[name] = host;
    }
    if (!isComplete(hosts, names)) throw new Error('A host is missing.');
    return { hosts, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function isComplete<Name extends string>(
  hosts: Partial<Record<Name, Host>>,
  names: readonly Name[],
): hosts is Record<Name, Host> {
  return names.every((name) => hosts[name] !== undefined);
}
