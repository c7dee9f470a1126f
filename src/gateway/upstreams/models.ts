import type { GatewayConfiguration } from '../configuration.ts';
import type { GatewayModel } from '../models.ts';
import type { Upstream, UpstreamModel, Upstreams } from './configuration.ts';

/** A model and the upstream that has it. */
export interface UpstreamOffer {
  /** The egress that leads there. */
  readonly socket: string;
  readonly upstream: Upstream;
  readonly model: UpstreamModel;
}

/** Every model of every upstream, in the order of the configuration. */
export function upstreamOffers(upstreams: Upstreams | undefined): readonly UpstreamOffer[] {
  if (!upstreams) return [];
  const { socket, list } = upstreams;
  return list.flatMap((upstream) => upstream.models.map((model) => ({ socket, upstream, model })));
}

/**
 * The models of upstreams as they stand in lists beside `own`, those of this VM: each name once, and none that a
 * model of this VM has. What several upstreams have under one name is as large as the smallest.
 */
export function upstreamModels(
  upstreams: Upstreams | undefined,
  own: readonly Pick<GatewayModel, 'id'>[],
): readonly GatewayModel[] {
  const ids = new Set(own.map(({ id }) => id));
  const offered = upstreamOffers(upstreams).filter(({ model }) => !ids.has(model.id));
  return [...Map.groupBy(offered, ({ model }) => model.id)].map(([id, offers]) => ({
    id,
    roles: [...new Set(offers.map(({ model }) => model.role))],
    contextSize: Math.min(...offers.map(({ model }) => model.contextSize)),
  }));
}

/** Every model that may be asked for: those of this VM, then those of upstreams. */
export function allModels({
  models,
  upstreams,
}: Pick<GatewayConfiguration, 'models' | 'upstreams'>): readonly GatewayModel[] {
  return [...models, ...upstreamModels(upstreams, models)];
}
