import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAuthority, makeLeaf } from '../../../src/certificates/own-ca/issue.ts';
import { Child, ran } from '../child.ts';
import type { Host } from '../network.ts';

export interface PebbleOptions {
  /** Where it runs; on this machine unless given. */
  readonly host?: Host;
  /** Address that it listens at. */
  readonly address?: string;
  /** Addresses beside that one by which clients reach it. */
  readonly alsoAt?: readonly string[];
  /** Ports at which it looks for answers to challenges. */
  readonly httpPort?: number;
  readonly tlsPort?: number;
  /** Name server that it asks, as `address:port`. */
  readonly dns?: string;
  /** Keys of external accounts by their IDs; then an account must be bound to one. */
  readonly bindings?: Readonly<Record<string, string>>;
  /** Its PEBBLE_* variables, see its README. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** An ACME server of Debian's package `pebble`. It forgets everything when it is restarted. */
export interface Pebble {
  readonly directory: string;
  /** The CA that vouches for its HTTPS, in PEM. */
  readonly roots: string;
  /** The root of what it issues, in PEM: another one after each restart. */
  issuer(): Promise<string>;
  /** What it has printed since it was started last. */
  output(): string;
  /** Starts it again at the same place, with other variables if given. */
  restart(environment?: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** Usual variables: challenges are looked at without delay, nothing is rejected by chance. */
const usual = { PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0', PEBBLE_AUTHZREUSE: '0' };

export async function startPebble(options: PebbleOptions = {}): Promise<Pebble> {
  const { host, address = '127.0.0.1', httpPort = 80, tlsPort = 443, dns, bindings } = options;
  const addresses = [address, ...(options.alsoAt ?? [])];
  const place = await mkdtemp(join(tmpdir(), 'onepilot-pebble-'));
  const authority = await makeAuthority('pebble', new Date());
  const leaf = await makeLeaf(authority, { names: ['pebble.test'], addresses }, new Date());
  const [port, managementPort] = host ? [14_000, 15_000] : [await freePort(), await freePort()];
  const files = { certificate: join(place, 'chain.pem'), privateKey: join(place, 'key.pem') };
  await writeFile(files.certificate, leaf.certificate);
  await writeFile(files.privateKey, leaf.key, { mode: 0o600 });
  const pebble = {
    listenAddress: `${address}:${port}`,
    managementListenAddress: `${address}:${managementPort}`,
    ...files,
    httpPort,
    tlsPort,
    ocspResponderURL: '',
    externalAccountBindingRequired: bindings !== undefined,
    ...(bindings && { externalAccountMACKeys: bindings }),
  };
  const configuration = join(place, 'pebble.json');
  await writeFile(configuration, JSON.stringify({ pebble }));
  const argv = ['pebble', '-config', configuration, ...(dns === undefined ? [] : ['-dnsserver', dns])];
  const start = async (environment: PebbleOptions['environment'] = options.environment) => {
    const variables = { ...usual, ...environment };
    const child = host ? host.start(argv, variables) : new Child(argv, variables);
    await child.printed(/ACME directory available/);
    return child;
  };
  let child = await start().catch(async (error: unknown) => {
    await rm(place, { recursive: true });
    throw error;
  });
  return {
    directory: `https://${address}:${port}/dir`,
    roots: authority.certificate,
    issuer() {
      const argv = ['curl', '-sSfk', `https://${address}:${managementPort}/roots/0`];
      return host ? host.run(argv) : ran(argv);
    },
    output: () => child.output,
    async restart(environment) {
      await child.kill();
      child = await start(environment);
    },
    stop: () => child.kill(),
    async close() {
      await child.kill();
      await rm(place, { recursive: true });
    },
  };
}

/** A TCP port that nobody has at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}
