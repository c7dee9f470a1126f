import type { FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import { fault, invalidParameter } from '../fault.ts';
import type { JsonObject } from '../json.ts';
import { type GatewayModel, longestModelName, modelCalled, modelsShownTo } from '../models.ts';
import { allModels } from '../upstreams/models.ts';

/**
 * The list of models, of those that the key may use, in OpenAI's form and Anthropic's at once; the engine's own shows
 * its command lines. The context size is told in each of the ways clients read it (llama.vscode and Zed, others,
 * Continue's vLLM provider).
 */
export const modelList = plugin(async (app) => {
  const created = Math.floor(Date.now() / 1000);
  const shown = ({ caller, inForce }: FastifyRequest) =>
    modelsShownTo(caller, allModels(inForce.configuration));

  app.get<{ Querystring: { client_version?: string } }>('/v1/models', async (request) => {
    // Codex wants descriptions of its own kind, and takes none for its own models (codex-rs/models-manager).
    if (request.query.client_version !== undefined) return { models: [] };
    const data = shown(request).map((model) => entry(model, created));
    const [first, last] = [data[0], data.at(-1)];
    return {
      object: 'list',
      data,
      has_more: false,
      first_id: first?.id ?? null,
      last_id: last?.id ?? null,
    };
  });

  // Ids may have slashes, and more letters than the router gives a parameter.
  app.get<{ Params: { '*': string } }>('/v1/models/*', async (request) => {
    const { '*': requested } = request.params;
    if (requested.length > longestModelName) {
      throw invalidParameter('model', `a name of at most ${longestModelName} characters`);
    }
    const models = shown(request);
    const found = modelCalled(requested, models);
    if (found) return entry(found, created);
    const ids = models.map(({ id }) => id).join(', ');
    throw fault('model_not_found', { model: requested, models: ids }, { parameter: 'model' });
  });
});

/** OpenAI's `Model` and Anthropic's `ModelInfo` (https://docs.anthropic.com/en/api/models-list). */
function entry({ id, contextSize }: GatewayModel, created: number): JsonObject {
  return {
    id,
    object: 'model',
    created,
    owned_by: 'onepilot',
    type: 'model',
    display_name: id,
    created_at: new Date(created * 1000).toISOString(),
    meta: { n_ctx: contextSize },
    context_length: contextSize,
    max_model_len: contextSize,
  };
}
