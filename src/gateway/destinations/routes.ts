import { type ErrorCode, OnePilotError } from '../../errors/catalogue.ts';
import type { ModelRole } from '../../models/image-facts.ts';
import type { GatewayConfiguration } from '../configuration.ts';
import { Fault, fault } from '../fault.ts';
import { type GatewayModel, modelCalled, modelFor } from '../models.ts';
import type { UpstreamBreakers } from '../upstreams/breakers.ts';
import { resting } from '../upstreams/faults.ts';
import { type UpstreamOffer, upstreamOffers } from '../upstreams/models.ts';
import type { UpstreamLink } from '../upstreams/upstream-request.ts';

/** What there is to choose from. */
export interface Choices {
  readonly configuration: Pick<GatewayConfiguration, 'models' | 'upstreams'>;
  readonly breakers: UpstreamBreakers;
}

/** A model that may be asked. */
export type Route = { readonly to: 'local'; readonly model: GatewayModel } | UpstreamRoute;

export interface UpstreamRoute {
  readonly to: 'upstream';
  readonly model: UpstreamOffer['model'];
  readonly link: UpstreamLink;
}

/** At least one. */
export type Routes = readonly [Route, ...Route[]];

/**
 * Where a request for `requestedModel` may go, the first choice first:
 * - to the model of this VM that has this very name;
 * - to the upstreams that offer a model of this name, and to nobody else;
 * - any other name means this VM's own model for `role`.
 * After a model of this VM come the upstreams that may stand in for it, each with its first model for `role`. For
 * embeddings there is no standing in: vectors of two models cannot be compared.
 * Upstreams that are left alone are passed over. Throws `no_model_for_role`, and `upstream_unavailable` when all
 * that offer the model are left alone.
 */
export function routesFor(
  role: ModelRole,
  requestedModel: string | undefined,
  { configuration: { models, upstreams }, breakers }: Choices,
): Routes {
  if (!upstreams) return [{ to: 'local', model: modelFor(role, models, requestedModel) }];
  const offers = upstreamOffers(upstreams).filter(({ model }) => model.role === role);
  const route = (offer: UpstreamOffer) => toUpstream(offer, breakers);

  const isOwn = modelCalled(requestedModel, models)?.roles.includes(role);
  const offered = offers.map(({ model }) => model);
  const name = modelCalled(requestedModel, offered)?.id;
  const named = isOwn ? [] : offers.filter(({ model }) => model.id === name).map(route);
  if (named.length > 0) return awake(named);

  const standIns = role === 'embed' ? [] : firstOfEach(offers).map(route).filter(isAwake);
  const hasOwn = models.some(({ roles }) => roles.includes(role));
  const [standIn, ...others] = standIns;
  if (!hasOwn && standIn) return [standIn, ...others];
  return [{ to: 'local', model: modelFor(role, models, requestedModel) }, ...standIns];
}

/** Of faults after which another destination may do better. What is wrong with the request is wrong everywhere. */
const retryable: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'queue_full',
  'engine_loading',
  'engine_restarting',
  'engine_unavailable',
  'memory_short',
  'model_failed',
  'upstream_busy',
  'upstream_failed',
  'upstream_refused',
  'upstream_unavailable',
]);

/** Whether the next destination may be asked after `error`, as long as nothing of an answer has gone out. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof Fault) return retryable.has(error.error.code);
  return error instanceof OnePilotError && retryable.has(error.code);
}

function toUpstream(
  { socket, upstream: { name }, model }: UpstreamOffer,
  breakers: UpstreamBreakers,
): UpstreamRoute {
  const link = { upstream: name, socket, breaker: breakers.of(name) };
  return { to: 'upstream', model, link };
}

function isAwake({ link }: UpstreamRoute): boolean {
  return link.breaker.wait === 0;
}

function awake(routes: readonly UpstreamRoute[]): Routes {
  const [first, ...rest] = routes.filter(isAwake);
  if (first) return [first, ...rest];
  const [soonest] = routes.toSorted((a, b) => a.link.breaker.wait - b.link.breaker.wait);
  if (!soonest) throw fault('internal_error', {});
  throw resting(soonest.link.upstream, soonest.link.breaker.wait);
}

/** The first offer of each upstream that may stand in. */
function firstOfEach(offers: readonly UpstreamOffer[]): readonly UpstreamOffer[] {
  const willing = offers.filter(({ upstream }) => upstream.fallback);
  return [...Map.groupBy(willing, ({ upstream }) => upstream.name).values()].flatMap(([first]) =>
    first ? [first] : [],
  );
}
