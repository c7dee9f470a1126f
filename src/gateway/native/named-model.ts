import type { FastifyRequest } from 'fastify';
import { modelsFor } from '../caller.ts';
import { fault } from '../fault.ts';
import { type GatewayModel, mainModel, modelCalled } from '../models.ts';
import { knownCaller } from '../plugins/authentication.ts';

/**
 * The model that a question about models means, among those that the key may use: the one called so, else the main
 * one, since clients come with ids of their own. Throws the fault of a request that may ask about none.
 */
export function namedModel(
  request: Pick<FastifyRequest, 'caller' | 'inForce'>,
  requested: unknown,
): GatewayModel {
  const id = typeof requested === 'string' ? requested : undefined;
  const models = modelsFor(knownCaller(request), request.inForce.configuration.models, id);
  const model = modelCalled(id, models) ?? mainModel(models);
  if (!model) throw fault('no_model_for_role', { role: 'chat' });
  return model;
}
