import type { Admission } from '../admission/admission.ts';
import type { CertificateExpiry } from '../certificates/served-certificates.ts';
import type { ModelKeeper } from '../keeping/keeper.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { GatewayModel } from '../models.ts';
import type { PlainServer } from '../plain-http/plain-server.ts';
import type { EngineTraffic } from '../traffic.ts';
import type { UpstreamBreakers } from '../upstreams/breakers.ts';
import type { MetricsSources } from './sources.ts';

/** The parts of the gateway that know how it is. */
export interface GatewayParts {
  /** Those of the configuration in force. */
  readonly models: () => readonly GatewayModel[];
  readonly traffic: EngineTraffic;
  readonly keeper: ModelKeeper;
  readonly admission: Admission;
  readonly ledger: Ledger | undefined;
  readonly breakers: UpstreamBreakers;
  /** The names of the upstreams in force. */
  readonly upstreams: () => readonly string[];
  readonly certificateExpiries: () => readonly CertificateExpiry[];
  readonly plainCounts: () => PlainServer['counts'];
}

/** What a scrape reads of them. */
export function gatewaySources(parts: GatewayParts): MetricsSources {
  const {
    models,
    traffic,
    keeper,
    admission,
    ledger,
    certificateExpiries,
    plainCounts,
    breakers,
    upstreams,
  } = parts;
  return {
    inFlight: () => traffic.inFlight,
    queue() {
      const { queues } = admission;
      return models().map(({ id, slots = 1 }) => {
        const { waiting = 0, running = 0 } = queues.find(({ model }) => model === id) ?? {};
        return { model: id, waiting, running, slots };
      });
    },
    models: () => models().map(({ id }) => ({ model: id, residence: keeper.residenceOf(id).kind })),
    breakers: () => upstreams().map((upstream) => ({ upstream, state: breakers.of(upstream).state })),
    certificateExpiries,
    plainCounts,
    ...(ledger && { ledger: () => ledger.state }),
  };
}
