import type { FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import { errorBody } from '../dialects/ollama/errors.ts';
import { fault, invalidParameter } from '../fault.ts';
import type { ModelKeeper } from '../keeping/keeper.ts';
import { modelsShownTo } from '../models.ts';
import { objectBody } from '../plugins/bodies.ts';
import { allModels } from '../upstreams/models.ts';
import { describedModel, runningOf, shownOf, tagOf } from './ollama-model.ts';

/** Of Ollama's API, as far as it is spoken here. Copilot wants at least 0.6.4 (its ollamaProvider.ts). */
const version = '0.12.6';

/** Bytes of the body of a question, which may be a stranger's. */
const shownLimit = 64 * 1024;

export interface OllamaPagesOptions {
  readonly keeper: ModelKeeper;
}

/**
 * Ollama's questions about models. Cline and Copilot ask them without a key, which the configuration may allow: they
 * tell names and sizes, and nothing of what is said.
 */
export const ollamaPages = plugin<OllamaPagesOptions>(async (app, { keeper }) => {
  const isOpen = ({ inForce }: FastifyRequest) => inForce.configuration.openMetadata === true;
  const config = { errorBody, public: isOpen };
  const since = new Date().toISOString();
  const shown = ({ caller, inForce }: FastifyRequest) =>
    modelsShownTo(caller, allModels(inForce.configuration));

  app.get('/api/version', { config }, async () => ({ version }));

  app.get('/api/tags', { config }, async (request) => ({
    models: shown(request).map((model) => tagOf(model, since)),
  }));

  app.get('/api/ps', { config }, async (request) => {
    const loaded = shown(request).filter(({ id }) => keeper.residenceOf(id).kind === 'loaded');
    return { models: loaded.map(runningOf) };
  });

  app.post('/api/show', { config, bodyLimit: shownLimit }, async (request) => {
    const { model, name = model } = objectBody(request.body);
    const requested = model ?? name;
    if (typeof requested !== 'string' || requested === '')
      throw invalidParameter('model', 'the name of a model');
    const described = describedModel(requested, shown(request));
    if (!described) throw fault('model_not_found', { model: requested, models: '' });
    return shownOf(described, since);
  });
});
