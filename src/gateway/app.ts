import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type FastifyInstance, type FastifyServerOptions, fastify, LogController } from 'fastify';
import type { Engine } from '../engine/client.ts';
import type { Accountant } from './accounts/served.ts';
import { Admission } from './admission/admission.ts';
import type { Live } from './in-force.ts';
import { ModelKeeper } from './keeping/keeper.ts';
import { enginePages } from './native/engine-pages.ts';
import { ollamaPages } from './native/ollama-pages.ts';
import { canonicalUrl } from './paths.ts';
import { accessLog } from './plugins/access-log.ts';
import { authentication } from './plugins/authentication.ts';
import { bodies } from './plugins/bodies.ts';
import { countTokens } from './plugins/count-tokens.ts';
import { crossOrigin } from './plugins/cross-origin.ts';
import { answerUnroutable, errors } from './plugins/errors.ts';
import { inForceAtStart } from './plugins/in-force.ts';
import { inference } from './plugins/inference.ts';
import { type MetricsPageOptions, metricsPage } from './plugins/metrics-page.ts';
import { modelList } from './plugins/model-list.ts';
import { publicPages } from './plugins/public-pages.ts';
import { refusedConfiguration } from './plugins/refused-configuration.ts';
import { type StatusPageOptions, statusPage } from './plugins/status-page.ts';
import { type UsagePageOptions, usagePage } from './plugins/usage-page.ts';
import { defaultTiming, type RelayTiming } from './relay/timing.ts';
import { remembered } from './remembered.ts';
import { answerMalformedRequest, type RequestHandler } from './secure-server.ts';
import type { Limiter } from './serving/attend.ts';
import { EngineTraffic } from './traffic.ts';
import { UpstreamBreakers } from './upstreams/breakers.ts';

/** Bytes; a context of 128k tokens is about half a MiB of text, twice that once it is written as JSON. */
const defaultBodyLimit = 4 * 2 ** 20;

/** Bytes; each is in memory up to four times: as it was said, as it is said to the engine, with two bytes a letter. */
const defaultBodiesHeld = 32 * 2 ** 20;

export interface AppOptions {
  readonly live: Readonly<Live>;
  readonly engine: Engine;
  readonly traffic?: EngineTraffic;
  /** Started and stopped by whoever gives it; unless given, models are looked after when a request meets one that is down. */
  readonly keeper?: ModelKeeper;
  readonly admission?: Admission;
  readonly breakers?: UpstreamBreakers;
  /** Nobody is limited without one. */
  readonly limiter?: Limiter;
  /** Told of each request for a model when it is over. */
  readonly accountants?: readonly Accountant[];
  /** Where use is written down, for those who ask; nowhere unless given. */
  readonly usage?: UsagePageOptions['usage'];
  /** Why the certificate that others trust is not served, where one is named. */
  readonly certificateProblem?: StatusPageOptions['certificateProblem'];
  /** What `GET /metrics` tells. */
  readonly metrics?: MetricsPageOptions['families'];
  /** Makes the server that `handler` answers on; plain HTTP unless given. */
  readonly createServer?: (handler: RequestHandler) => Server;
  /** When it aborts, exchanges in flight are told so and end. */
  readonly stopping?: AbortSignal;
  readonly timing?: RelayTiming;
  readonly logger?: FastifyServerOptions['logger'];
  /** Bytes of one body. */
  readonly bodyLimit?: number;
  /** Bytes that the bodies of all requests under way may take together. */
  readonly bodiesHeld?: number;
}

/** Builds the gateway. It neither listens nor reads anything but its arguments. */
export function buildApp(options: AppOptions): FastifyInstance {
  const { live, engine, traffic = new EngineTraffic() } = options;
  const models = () => live.current.configuration.models;
  const { keeper = new ModelKeeper({ engine, traffic, models }) } = options;
  const { stopping = new AbortController().signal, timing = defaultTiming } = options;
  const { bodyLimit = defaultBodyLimit, admission = new Admission(), accountants = [], limiter } = options;
  const { breakers = new UpstreamBreakers(), bodiesHeld = defaultBodiesHeld } = options;

  const app = fastify({
    bodyLimit,
    logger: options.logger ?? false,
    // Its lines hold the whole URL; plugins/access-log.ts writes ours.
    logController: new LogController({ disableRequestLogging: true }),
    // Never the client's: it would be written into our log.
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    rewriteUrl: ({ url }) => canonicalUrl(url ?? '/'),
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    clientErrorHandler: answerMalformedRequest,
    frameworkErrors: answerUnroutable,
    serverFactory: (handler) => {
      const server = (options.createServer ?? createServer)(handler);
      // Unless somebody listens, Node answers expectations it does not know by itself, in nobody's form.
      return server.on('checkExpectation', handler);
    },
  });

  // Hooks run in this order: see what is in force, log, allow origins, refuse everything, ask for the key,
  // take room for the body.
  app.register(inForceAtStart, { live });
  app.register(accessLog);
  app.register(errors);
  app.register(crossOrigin);
  app.register(refusedConfiguration);
  app.register(authentication);
  app.register(bodies, { mostHeld: bodiesHeld });

  const modelStatus = remembered(
    (id) => engine.modelStatus(id),
    () => traffic.resumptions,
  );
  app.register(publicPages, { modelStatus });
  const { certificateProblem = () => undefined } = options;
  app.register(statusPage, { modelStatus, keeper, traffic, admission, certificateProblem });
  app.register(modelList);
  app.register(ollamaPages, { keeper });
  app.register(enginePages, { engine, keeper, traffic, stopping, ...(limiter && { limiter }) });
  app.register(metricsPage, { families: options.metrics ?? (() => []) });
  app.register(usagePage, options.usage ? { usage: options.usage } : {});
  app.register(countTokens, { engine, keeper, traffic, stopping, ...(limiter && { limiter }) });
  app.register(inference, {
    engine,
    keeper,
    traffic,
    admission,
    breakers,
    accountants,
    timing,
    stopping,
    ...(limiter && { limiter }),
  });
  return app;
}
