import type { FastifyRequest } from 'fastify';
import { forwardedHeader } from '../../egress/forwarded.ts';
import type { ModelRole } from '../../models/image-facts.ts';
import { type Caller, modelsFor } from '../caller.ts';
import { type Routes, routesFor } from '../destinations/routes.ts';
import { invalidParameter } from '../fault.ts';
import type { JsonObject } from '../json.ts';
import { type GatewayModel, longestModelName } from '../models.ts';
import { knownCaller, requireScope } from '../plugins/authentication.ts';
import type { UpstreamBreakers } from '../upstreams/breakers.ts';
import { allModels } from '../upstreams/models.ts';

export interface Chosen {
  readonly caller: Caller;
  /** Where the request may go, the first choice first. */
  readonly routes: Routes;
  /** The model of the first choice. */
  readonly model: GatewayModel;
  /** The id the client asked for; the model's own where it named none. */
  readonly requestedModel: string;
}

/** Who asks for a model with `role`, and which it may get. Throws the fault of a request that may have none. */
export function chosenRoutes(
  request: FastifyRequest,
  body: JsonObject,
  role: ModelRole,
  breakers: UpstreamBreakers,
): Chosen {
  const caller = knownCaller(request);
  requireScope(request, role);
  if (typeof body.model === 'string' && body.model.length > longestModelName) {
    throw invalidParameter('model', `a name of at most ${longestModelName} characters`);
  }
  const requested = typeof body.model === 'string' && body.model !== '' ? body.model : undefined;
  const routes = routesFor(role, requested, {
    configuration: allowedTo(caller, request, requested),
    breakers,
  });
  const [first] = routes;
  const model = first.to === 'local' ? first.model : { ...first.model, roles: [role] };
  return { caller, routes, model, requestedModel: requested ?? model.id };
}

/** The models of this VM and of upstreams that the key may use; what an upstream was asked goes no further. */
function allowedTo(caller: Caller, { inForce, headers }: FastifyRequest, requested: string | undefined) {
  const { models, upstreams } = inForce.configuration;
  const staysHere = !upstreams || headers[forwardedHeader] !== undefined;
  if (staysHere && caller.limits.models === undefined) return { models };
  const allowed = new Set(modelsFor(caller, allModels(inForce.configuration), requested).map(({ id }) => id));
  const own = models.filter(({ id }) => allowed.has(id));
  if (staysHere) return { models: own };
  const list = upstreams.list
    .map((upstream) => ({ ...upstream, models: upstream.models.filter(({ id }) => allowed.has(id)) }))
    .filter((upstream) => upstream.models.length > 0);
  return { models: own, upstreams: { ...upstreams, list } };
}
