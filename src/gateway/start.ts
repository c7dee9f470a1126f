import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import { connectEngine } from '../engine/client.ts';
import type { MemoryReading } from '../engine/pressure.ts';
import { readMemory } from '../engine/pressure-files.ts';
import { failure } from '../errors/catalogue.ts';
import { absencesOf } from './absences.ts';
import { Admission } from './admission/admission.ts';
import { buildApp } from './app.ts';
import { ServedCertificates } from './certificates/served-certificates.ts';
import { strictTransport } from './certificates/strict-transport.ts';
import { httpChallenge } from './challenges/http-01.ts';
import { tlsChallenge } from './challenges/tls-alpn-01.ts';
import type { GatewayConfiguration } from './configuration.ts';
import { openControl } from './control.ts';
import { type DrainTiming, defaultDrain, drainable, endServer } from './drain.ts';
import type { Live } from './in-force.ts';
import { ModelKeeper } from './keeping/keeper.ts';
import { askedUsage } from './ledger/asked-usage.ts';
import { Ledger } from './ledger/ledger.ts';
import type { UsageQuery } from './ledger/usage.ts';
import { reportUsage } from './ledger/usage-report.ts';
import { KeyLimiter } from './limits/key-limiter.ts';
import { type ListenAt, listening } from './listening.ts';
import { load, loadAtStart } from './load.ts';
import { GatewayMetrics } from './metrics/gateway-metrics.ts';
import { gatewaySources } from './metrics/gateway-sources.ts';
import { PlainServer } from './plain-http/plain-server.ts';
import { createSecureServer } from './secure-server.ts';
import { EngineTraffic } from './traffic.ts';
import { UpstreamBreakers } from './upstreams/breakers.ts';

export interface GatewayOptions {
  /** Reads the configuration: at the start and at each reload. */
  readonly configuration: () => Promise<GatewayConfiguration>;
  /** A file descriptor that listens already, or an address; port 0 takes a free one. */
  readonly listen: ListenAt;
  /** The same for plain HTTP: challenges and the way to HTTPS. There is none unless given. */
  readonly listenPlain?: ListenAt;
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
  /** Of plain HTTP. */
  readonly plainPort: number | undefined;
  /**
   * Reads configuration, keys and certificates again and serves new requests and connections by them; those
   * in flight go on by the old ones. Rejects when anything is wrong with the new: then all of the old stays.
   */
  reload(): Promise<void>;
  /** Finishes what is in flight, up to the drain's deadline, then ends. */
  close(): Promise<void>;
}

/** Starts the gateway: HTTPS on `listen`, the engine behind its unix socket. The engine need not be up. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { listen, drain = defaultDrain } = options;
  const { inForce, certificates: loaded, keyStoreProblem } = await loadAtStart(await options.configuration());
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
  const admission = new Admission();
  const breakers = new UpstreamBreakers();
  const upstreams = () => live.current.configuration.upstreams?.list.map(({ name }) => name) ?? [];
  const certificates = new ServedCertificates(loaded);
  certificates.onProblem = ({ message }) => log({ problem: message }, notTrusted);
  const challenges = () => live.current.configuration.challenges;
  const hsts = () => live.current.configuration.hsts;
  const plain = new PlainServer({
    challenge: (token) => withDirectory(challenges(), (directory) => httpChallenge(directory, token)),
    httpsPort: () => port,
  });
  const certificateExpiries = () => certificates.expiries;
  const plainCounts = () => (options.listenPlain ? plain.counts : []);
  const parts = { models, traffic, keeper, admission, ledger, breakers, upstreams };
  const metrics = new GatewayMetrics(gatewaySources({ ...parts, certificateExpiries, plainCounts }));
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
    certificateProblem: () => certificates.problem,
    createServer: (handler) =>
      createSecureServer(certificates, strictTransport(handler, certificates, hsts), {
        challenge: (name) => withDirectory(challenges(), (directory) => tlsChallenge(directory, name)),
      }),
    stopping: stopping.signal,
    ...(options.logger !== undefined && { logger: options.logger }),
  });
  built.resolve(app);
  if (keyStoreProblem) app.log.error({ problem: keyStoreProblem.message }, noKeys);
  if (certificates.problem) certificates.onProblem(certificates.problem);

  const reload = inTurn(async () => {
    try {
      const next = await load(await options.configuration());
      const { socket } = next.inForce.configuration.engine;
      if (socket !== inForce.configuration.engine.socket) throw failure('gateway_engine_moved', { socket });
      certificates.take(next.certificates);
      live.current = next.inForce;
      keeper.reconsider();
      if (next.inForce.configuration.ledger) ledger?.keep(next.inForce.configuration.ledger.days);
      app.log.info('reloaded');
      if (certificates.problem) certificates.onProblem(certificates.problem);
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
  const plainPort = options.listenPlain && (await listening(plain.server, options.listenPlain));
  keeper.start();
  metrics.start();

  return {
    port,
    plainPort,
    reload,
    async close() {
      await control?.close();
      plain.drain();
      await Promise.all([
        end(drain),
        options.listenPlain && endServer(plain.server, { ...drain, deadline: 0 }),
      ]);
      certificates.stop();
      keeper.stop();
      metrics.stop();
      await ledger?.close();
    },
  };
}

const noKeys =
  'the key store cannot be read: every key is refused until it has been corrected and the gateway reloaded';

const notTrusted = 'the certificate that others trust is not served';

function withDirectory<Found>(
  directory: string | undefined,
  find: (directory: string) => Found | undefined,
): Found | undefined {
  return directory === undefined ? undefined : find(directory);
}

/** `work`, one call after the other: what is read later is taken up later. */
function inTurn(work: () => Promise<void>): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
}
