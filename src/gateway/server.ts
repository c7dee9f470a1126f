import { readFile } from 'node:fs/promises';
import type { AddressInfo, Server } from 'node:net';
import { parseArgs } from 'node:util';
import type { FastifyServerOptions } from 'fastify';
import { z } from 'zod';
import { connectEngine } from '../engine/client.ts';
import { failure } from '../errors/catalogue.ts';
import { feedWatchdog, notifyReady, notifyStatus } from '../systemd/notify.ts';
import { buildApp } from './app.ts';
import { GatewayConfiguration } from './configuration.ts';
import { type DrainTiming, defaultDrain, drainable } from './drain.ts';
import { type Certificate, createSecureServer, replaceCertificate } from './secure-server.ts';

const defaultConfiguration = '/etc/onepilot/gateway.json';

/** The first file descriptor that systemd passes (sd_listen_fds(3)). */
const firstPassedSocket = 3;

export interface GatewayOptions {
  readonly configuration: GatewayConfiguration;
  /** A file descriptor that listens already, or an address; port 0 takes a free one. */
  readonly listen: { readonly fd: number } | { readonly host: string; readonly port: number };
  readonly logger?: FastifyServerOptions['logger'];
  readonly drain?: DrainTiming;
}

/** A gateway that listens. */
export interface Gateway {
  readonly port: number;
  /** Reads certificate and key again and serves them to new connections; the old ones stay if they are bad. */
  reloadCertificate(): Promise<void>;
  /** Finishes what is in flight, up to the drain's deadline, then ends. */
  close(): Promise<void>;
}

/** Starts the gateway: HTTPS on `listen`, the engine behind its unix socket. The engine need not be up. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { configuration, listen, drain = defaultDrain } = options;
  const engine = connectEngine(configuration.engine.socket);
  const stopping = new AbortController();
  const certificate = await readCertificate(configuration);
  const app = buildApp({
    configuration,
    engine,
    authority: await readFile(configuration.tls.authority, 'utf8'),
    createServer: (handler) => createSecureServer(certificate, handler),
    stopping: stopping.signal,
    ...(options.logger !== undefined && { logger: options.logger }),
  });
  const end = drainable(app, () => stopping.abort());
  await app.ready();
  const port = await listening(app.server, listen);

  return {
    port,
    async reloadCertificate() {
      replaceCertificate(app.server, await readCertificate(configuration));
    },
    async close() {
      await end(drain);
      engine.close();
    },
  };
}

/** Reads and checks the configuration. Throws `gateway_configuration_unreadable` or `…_invalid`. */
export async function readConfiguration(path: string): Promise<GatewayConfiguration> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw failure('gateway_configuration_unreadable', { path, reason }, { cause });
  }
  const parsed = GatewayConfiguration.safeParse(jsonOrUndefined(text));
  if (parsed.success) return parsed.data;
  throw failure('gateway_configuration_invalid', { path, problems: z.prettifyError(parsed.error) });
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readCertificate({ tls }: GatewayConfiguration): Promise<Certificate> {
  const [cert, key] = await Promise.all([readFile(tls.certificate, 'utf8'), readFile(tls.key, 'utf8')]);
  return { cert, key };
}

/** Not Fastify's own `listen`, which would also close the idle connections that drain.ts keeps. */
function listening(server: Server, listen: GatewayOptions['listen']): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', reject);
  server.once('listening', () => {
    server.off('error', reject);
    resolve(portOf(server.address()));
  });
  if ('fd' in listen) server.listen({ fd: listen.fd });
  else server.listen(listen.port, listen.host);
  return promise;
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The socket systemd passes to this very process, if it does. */
function passedSocket({ LISTEN_PID, LISTEN_FDS }: NodeJS.ProcessEnv): { fd: number } | undefined {
  const isForUs = Number(LISTEN_PID) === process.pid && Number(LISTEN_FDS) >= 1;
  return isForUs ? { fd: firstPassedSocket } : undefined;
}

const usage = `usage: gateway [--host ADDRESS] [--port PORT] [CONFIGURATION]

CONFIGURATION defaults to ${defaultConfiguration}; address and port, by default 127.0.0.1 and 8443
(or ONEPILOT_GATEWAY_HOST and ONEPILOT_GATEWAY_PORT), count only when systemd passes no socket.
SIGTERM ends it without dropping connections, SIGHUP makes it read certificate and key again.`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { host: { type: 'string' }, port: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const configuration = await readConfiguration(positionals[0] ?? defaultConfiguration);
  const host = values.host ?? process.env.ONEPILOT_GATEWAY_HOST ?? '127.0.0.1';
  const port = Number(values.port ?? process.env.ONEPILOT_GATEWAY_PORT ?? 8443);
  const listen = passedSocket(process.env) ?? { host, port };
  const gateway = await startGateway({ configuration, listen, logger: { level: 'info' } });

  process.on('SIGHUP', () => {
    gateway.reloadCertificate().catch((error: Error) => console.error(`Certificate kept: ${error.message}`));
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      notifyStatus('Stopping: finishing what is in flight');
      gateway.close().then(() => process.exit(0));
    });
  }
  feedWatchdog();
  notifyReady();
  notifyStatus(`Listening on port ${gateway.port}`);
}

if (import.meta.main) await main();
