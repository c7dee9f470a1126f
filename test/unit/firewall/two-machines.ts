import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import * as z from 'zod';

type Held = ChildProcessByStdio<Writable, Readable, null>;

export interface Attempt {
  readonly from: string;
  readonly port: number;
}

const addresses = {
  server: { ipv4: '10.9.0.1', ipv6: 'fd09::1' },
  visitor: { ipv4: '10.9.0.2', ipv6: 'fd09::2' },
  stranger: { ipv4: '10.9.0.3', ipv6: 'fd09::3' },
};

const listening = `
  const { createServer } = require('node:net');
  let waiting = 4;
  for (const port of [22, 80, 443, 8080])
    createServer((socket) => socket.destroy()).listen(port, '::', () => --waiting || console.log('listening'));
  process.stdin.resume().on('end', () => process.exit());
`;

/**
 * Prints which attempts succeeded. Packets between the namespaces take no time, so what is not there after half a
 * second has been dropped; the second timer lets a process that had to wait for the CPU see what came meanwhile.
 */
const connecting = `
  const { connect } = require('node:net');
  const [attempts, server] = JSON.parse(process.argv[1]);
  const reached = attempts.map(() => false);
  attempts.forEach(({ from, port }, index) => {
    const host = from.includes(':') ? server.ipv6 : server.ipv4;
    connect({ host, port, localAddress: from }, () => { reached[index] = true; }).on('error', () => {});
  });
  const finish = () => { console.log(JSON.stringify(reached)); process.exit(); };
  setTimeout(() => setTimeout(finish, 100), 400);
`;

const Reached = z.array(z.boolean());

/**
 * Two network namespaces joined by a cable: a server that listens on 22, 80, 443 and 8080, and a client with the
 * addresses of a visitor and of a stranger. They last as long as the processes in them, which end with this one.
 */
export class TwoMachines {
  static readonly addresses = addresses;
  readonly #server: Held;
  readonly #client: Held;
  readonly #listener: Held;

  private constructor(server: Held, client: Held, listener: Held) {
    this.#server = server;
    this.#client = client;
    this.#listener = listener;
  }

  static async start(): Promise<TwoMachines> {
    const [machine, peer] = await Promise.all([namespace(), namespace()]);
    const { server, visitor, stranger } = addresses;
    const cable = ['type', 'veth', 'peer', 'name', 'eth0', 'netns', String(peer.pid)];
    inside(machine, ['ip', 'link', 'add', 'eth0', ...cable]);
    connectTo(machine, [server]);
    connectTo(peer, [visitor, stranger]);
    return new TwoMachines(machine, peer, await held(enter(machine, [process.execPath, '-e', listening])));
  }

  /** Loads rules on the server as nftables.service does. */
  load(rules: string): void {
    inside(this.#server, ['nft', '-f', '-'], rules);
  }

  rules(): string {
    return inside(this.#server, ['nft', 'list', 'ruleset']);
  }

  /** Those of the attempts that the server accepted. */
  async reached(attempts: readonly Attempt[]): Promise<Attempt[]> {
    const given = JSON.stringify([attempts, addresses.server]);
    const output = inside(this.#client, [process.execPath, '-e', connecting, given]);
    const reached = Reached.parse(JSON.parse(output));
    return attempts.filter((_, index) => reached[index]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of [this.#listener, this.#client, this.#server]) {
      one.stdin.end();
      if (one.exitCode === null) await once(one, 'exit');
    }
  }
}

/** A process that has begun to speak, and ends when its input does: at the latest with this process. */
async function held([command = '', ...args]: readonly string[]): Promise<Held> {
  const started = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(started, 'exit').then(() =>
    Promise.reject(new Error(`${command} ${args[0]} ended early`)),
  );
  await Promise.race([once(started.stdout, 'data'), ended]);
  ended.catch(() => {});
  return started;
}

function namespace(): Promise<Held> {
  return held(['unshare', '--net', 'sh', '-c', 'echo made; exec cat']);
}

function connectTo(machine: Held, hosts: readonly { readonly ipv4: string; readonly ipv6: string }[]): void {
  for (const { ipv4, ipv6 } of hosts) {
    inside(machine, ['ip', 'address', 'add', `${ipv4}/24`, 'dev', 'eth0']);
    inside(machine, ['ip', 'address', 'add', `${ipv6}/64`, 'dev', 'eth0', 'nodad']);
  }
  inside(machine, ['ip', 'link', 'set', 'eth0', 'up']);
}

function enter({ pid }: Held, command: readonly string[]): string[] {
  return ['nsenter', `--net=/proc/${pid}/ns/net`, ...command];
}

/** Runs a command in the namespace of `machine`. The builder's doctor installs nftables and iproute2. */
function inside(machine: Held, command: readonly string[], input = ''): string {
  const [first = '', ...args] = enter(machine, command);
  return execFileSync(first, args, { input, encoding: 'utf8' });
}
