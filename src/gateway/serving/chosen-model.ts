import type { FastifyRequest } from 'fastify';
import type { ModelRole } from '../../models/image-facts.ts';
import { type Caller, modelsFor } from '../caller.ts';
import type { JsonObject } from '../json.ts';
import { type GatewayModel, modelFor } from '../models.ts';
import { knownCaller, requireScope } from '../plugins/authentication.ts';

export interface Chosen {
  readonly caller: Caller;
  readonly model: GatewayModel;
  /** The id the client asked for; the model's own where it named none. */
  readonly requestedModel: string;
}

/** Who asks for a model with `role`, and which one it gets. Throws the fault of a request that may have none. */
export function chosenModel(request: FastifyRequest, body: JsonObject, role: ModelRole): Chosen {
  const caller = knownCaller(request);
  requireScope(request, role);
  const requested = typeof body.model === 'string' && body.model !== '' ? body.model : undefined;
  const model = modelFor(role, modelsFor(caller, request.inForce.configuration.models, requested), requested);
  return { caller, model, requestedModel: requested ?? model.id };
}
