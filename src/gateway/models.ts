import type { ModelRole } from '../models/image-facts.ts';
import { type Caller, mayUse } from './caller.ts';
import type { GatewayConfiguration } from './configuration.ts';
import { fault } from './fault.ts';

/** Characters of a model's name in a request: it is repeated in every part of an answer. */
export const longestModelName = 256;

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
  const model = modelCalled(requestedId, able) ?? able[0];
  if (!model) throw fault('no_model_for_role', { role });
  return model;
}

/** The model with that id; Ollama's clients add a tag to those that have none. */
export function modelCalled<Model extends Pick<GatewayModel, 'id'>>(
  requestedId: string | undefined,
  models: readonly Model[],
): Model | undefined {
  const withoutTag = requestedId?.replace(/:latest$/, '');
  return models.find(({ id }) => id === requestedId) ?? models.find(({ id }) => id === withoutTag);
}

/** Those that a list shows: the ones a key may use, and all of them where none is needed. */
export function modelsShownTo(
  caller: Caller | undefined,
  models: readonly GatewayModel[],
): readonly GatewayModel[] {
  return caller ? models.filter(({ id }) => mayUse(caller, id)) : models;
}

/** The model whose state is the server's; `undefined` where there is none at all. */
export function mainModel(models: readonly GatewayModel[]): GatewayModel | undefined {
  return models.find(({ roles }) => roles.includes('chat')) ?? models[0];
}
