import type { ModelRole } from '../models/image-facts.ts';
import type { GatewayConfiguration } from './configuration.ts';
import { fault } from './fault.ts';

export type GatewayModel = GatewayConfiguration['models'][number];

/**
 * The model that serves `role`. Any id a client asks for is good, since clients come with ids of their own;
 * one that names a model with that role is followed. Throws the fault `no_model_for_role`.
 */
export function modelFor(
  role: ModelRole,
  models: readonly GatewayModel[],
  requestedId: string | undefined,
): GatewayModel {
  const able = models.filter((model) => model.roles.includes(role));
  const model = able.find(({ id }) => id === requestedId) ?? able[0];
  if (!model) throw fault('no_model_for_role', { role });
  return model;
}

/** The model whose state is the server's; `undefined` where there is none at all. */
export function mainModel(models: readonly GatewayModel[]): GatewayModel | undefined {
  return models.find(({ roles }) => roles.includes('chat')) ?? models[0];
}
