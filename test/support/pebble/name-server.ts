import { Child } from '../child.ts';
import type { Host } from '../network.ts';

/** The name server of Debian's package `pebble-challtestsrv`: it knows what it is told. */
export class NameServer {
  readonly #child: Child;
  readonly #management: string;
  readonly #host: Host | undefined;

  private constructor(child: Child, management: string, host: Host | undefined) {
    this.#child = child;
    this.#management = management;
    this.#host = host;
  }

  /**
   * @param at Where it listens for questions, as `address:port`.
   * @param management Where it is told, as `address:port`.
   */
  static async start(at: string, management: string, host?: Host): Promise<NameServer> {
    const argv = ['pebble-challtestsrv', '-dns01', at, '-management', management];
    argv.push('-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv4', '', '-defaultIPv6', '');
    const child = host ? host.start(argv) : new Child(argv);
    await child.printed(/Starting management server/);
    return new NameServer(child, management, host);
  }

  /** Names without addresses are known to have none. */
  async has(name: string, addresses: { readonly v4?: string; readonly v6?: string }): Promise<void> {
    await this.#tell('clear-a', { host: name });
    await this.#tell('clear-aaaa', { host: name });
    if (addresses.v4) await this.#tell('add-a', { host: name, addresses: [addresses.v4] });
    if (addresses.v6) await this.#tell('add-aaaa', { host: name, addresses: [addresses.v6] });
  }

  /** Questions about `name` are answered SERVFAIL, until `recover`. */
  fail(name: string): Promise<void> {
    return this.#tell('set-servfail', { host: name });
  }

  recover(name: string): Promise<void> {
    return this.#tell('clear-servfail', { host: name });
  }

  close(): Promise<void> {
    return this.#child.kill();
  }

  async #tell(what: string, body: object): Promise<void> {
    const url = `http://${this.#management}/${what}`;
    if (this.#host) {
      const argv = ['curl', '-sSf', '--retry', '5', '--retry-connrefused', '-d', JSON.stringify(body), url];
      await this.#host.run(argv);
      return;
    }
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
  }
}
