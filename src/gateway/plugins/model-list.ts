import plugin from 'fastify-plugin';
import { fault } from '../fault.ts';
import type { JsonObject } from '../json.ts';
import type { GatewayModel } from '../models.ts';

/**
 * OpenAI's list of models, from the configuration: the engine's own shows its command lines. The context size
 * is told in each of the ways clients read it (llama.vscode and Zed, others, Continue's vLLM provider).
 */
export const modelList = plugin(async (app) => {
  const created = Math.floor(Date.now() / 1000);

  app.get('/v1/models', async ({ inForce }) => {
    const data = inForce.configuration.models.map((model) => entry(model, created));
    return { object: 'list', data };
  });

  app.get<{ Params: { id: string } }>('/v1/models/:id', async ({ params, inForce }) => {
    const { models } = inForce.configuration;
    const found = models.find(({ id }) => id === params.id);
    if (found) return entry(found, created);
    const ids = models.map(({ id }) => id).join(', ');
    throw fault('model_not_found', { model: params.id, models: ids }, { parameter: 'model' });
  });
});

function entry({ id, contextSize }: GatewayModel, created: number): JsonObject {
  return {
    id,
    object: 'model',
    created,
    owned_by: 'onepilot',
    meta: { n_ctx: contextSize },
    context_length: contextSize,
    max_model_len: contextSize,
  };
}
