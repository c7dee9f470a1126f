import type { AddressInfo, Server } from 'node:net';
import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import { connectEngine } from '../engine/client.ts';
import type { MemoryReading } from '../engine/pressure.ts';
import { readMemory } from '../engine/pressure-files.ts';
import { failure } from '../errors/catalogue.ts';
import { absencesOf } from './absences.ts';
import { Admission } from './admission/admission.ts';
import { buildApp } from './app.ts';
import type { GatewayConfiguration } from './configuration.ts';
import { openControl } from './control.ts';
import { type DrainTiming, defaultDrain, drainable } from './drain.ts';
import type { Live } from './in-force.ts';
import { ModelKeeper } from './keeping/keeper.ts';
import { askedUsage } from './ledger/asked-usage.ts';
import { Ledger } from './ledger/ledger.ts';
import type { UsageQuery } from './ledger/usage.ts';
import { reportUsage } from './ledger/usage-report.ts';
import { KeyLimiter } from './limits/key-limiter.ts';
import { load, loadAtStart } from './load.ts';
import { GatewayMetrics } from './metrics/gateway-metrics.ts';
import { gatewaySources } from './metrics/gateway-sources.ts';
import { createSecureServer, expiryOf, replaceCertificate } from './secure-server.ts';
import { EngineTraffic } from './traffic.ts';
import { UpstreamBreakers } from './upstreams/breakers.ts';

export interface GatewayOptions {
  /** Reads the configuration: at the start and at each reload. */
  readonly configuration: () => Promise<GatewayConfiguration>;
  /** A file descriptor that listens already, or an address; port 0 takes a free one. */
  readonly listen: { readonly fd: number } | { readonly host: string; readonly port: number };
  /** Path of the control socket; there is none unless given. */
  readonly control?: string;
  readonly logger?: FastifyServerOptions['logger'];
  readonly drain?: DrainTiming;
  /** How the machine is for memory; read from the kernel's files unless given. */
  readonly memory?: () => Promise<MemoryReading>;
}

/** A gateway that listens. */
export interface Gateway {
  readonly port: number;
  /**
   * Reads configuration, keys and certificate again and serves new requests and connections by them; those
   * in flight go on by the old ones. Rejects when anything is wrong with the new: then all of the old stays.
   */
  reload(): Promise<void>;
  /** Finishes what is in flight, up to the drain's deadline, then ends. */
  close(): Promise<void>;
}

/** Starts the gateway: HTTPS on `listen`, the engine behind its unix socket. The engine need not be up. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { listen, drain = defaultDrain } = options;
  const { inForce, own, keyStoreProblem } = await loadAtStart(await options.configuration());
  const live: Live = { current: inForce };
  const engine = connectEngine(inForce.configuration.engine.socket);
  const traffic = new EngineTraffic();
  const models = () => live.current.configuration.models;
  const built = Promise.withResolvers<FastifyInstance>();
  // Said once there is somebody to hear it: the ledger may have something to say before.
  const log = (line: object, message: string) =>
    void built.promise.then((app) => app.log.warn(line, message));
  const keeper = new ModelKeeper({
    engine,
    traffic,
    models,
    memory: options.memory ?? readMemory,
    log,
  });
  const stopping = new AbortController();
  const ledger = inForce.configuration.ledger && new Ledger({ ...inForce.configuration.ledger, log });
  const limiter = new KeyLimiter();
  const startedAt = Date.now();
  // Not waited for: a slow disk must not keep the gateway from answering.
  ledger?.tokensToday().then(
    (used) => limiter.startFrom(used, startedAt),
    () => {},
  );
  const usage = async (query: UsageQuery) => {
    if (!ledger) throw failure('usage_unreadable', {});
    return ledger.usage(query);
  };
  let served = own;
  const admission = new Admission();
  const breakers = new UpstreamBreakers();
  const upstreams = () => live.current.configuration.upstreams?.list.map(({ name }) => name) ?? [];
  const certificateExpiry = () => expiryOf(served);
  const metrics = new GatewayMetrics(
    gatewaySources({ models, traffic, keeper, admission, ledger, certificateExpiry, breakers, upstreams }),
  );
  const app = buildApp({
    live,
    engine,
    traffic,
    keeper,
    admission,
    breakers,
    limiter,
    accountants: [limiter.account, metrics.account, ...(ledger ? [ledger.account] : [])],
    usage,
    metrics: () => metrics.families,
    createServer: (handler) => createSecureServer(own, handler),
    stopping: stopping.signal,
    ...(options.logger !== undefined && { logger: options.logger }),
  });
  built.resolve(app);
  if (keyStoreProblem) app.log.error({ problem: keyStoreProblem.message }, noKeys);

  const reload = inTurn(async () => {
    try {
      const next = await load(await options.configuration());
      const { socket } = next.inForce.configuration.engine;
      if (socket !== inForce.configuration.engine.socket) throw failure('gateway_engine_moved', { socket });
      replaceCertificate(app.server, next.own);
      served = next.own;
      live.current = next.inForce;
      keeper.reconsider();
      if (next.inForce.configuration.ledger) ledger?.keep(next.inForce.configuration.ledger.days);
      app.log.info('reloaded');
    } catch (error) {
      app.log.error({ problem: error instanceof Error ? error.message : error }, 'reload refused');
      throw error;
    }
  });

  const end = drainable(app, () => stopping.abort());
  await app.ready();
  const control =
    options.control === undefined
      ? undefined
      : await openControl(options.control, {
          reload,
          hold: (seconds) => traffic.hold(seconds),
          resume: () => traffic.resume(),
          get inFlight() {
            return traffic.inFlight;
          },
          get absences() {
            const { models } = live.current.configuration;
            return absencesOf(models, (id) => keeper.residenceOf(id));
          },
          async usage(search) {
            const key = search.get('key');
            const query = { ...askedUsage(search, Date.now()), ...(key !== null && { key }) };
            return reportUsage(query, usage, live.current.configuration);
          },
        });
  // Last: who gets an answer may give orders.
  const port = await listening(app.server, listen);
  keeper.start();
  metrics.start();

  return {
    port,
    reload,
    async close() {
      await control?.close();
      await end(drain);
      keeper.stop();
      metrics.stop();
      engine.close();
      await ledger?.close();
    },
  };
}

const noKeys =
  'the key store cannot be read: every key is refused until it has been corrected and the gateway reloaded';

/** `work`, one call after the other: what is read later is taken up later. */
function inTurn(work: () => Promise<void>): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
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
