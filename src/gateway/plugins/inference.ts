import type { FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import type { ModelRole } from '../../models/image-facts.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { infill } from '../dialects/infill.ts';
import { openaiChat } from '../dialects/openai-chat.ts';
import { openaiCompletions } from '../dialects/openai-completions.ts';
import { embed } from '../embeddings/embed.ts';
import { embeddingRequest } from '../embeddings/request.ts';
import type { JsonObject } from '../json.ts';
import type { ModelKeeper } from '../keeping/keeper.ts';
import { type GatewayModel, modelFor } from '../models.ts';
import { whileClientStays } from '../relay/leaving.ts';
import { type RelayOptions, relay } from '../relay/relay.ts';
import type { EngineTraffic } from '../traffic.ts';
import { objectBody } from './bodies.ts';

export interface InferenceOptions extends RelayOptions {
  readonly traffic: EngineTraffic;
}

const dialects: Readonly<Record<string, Dialect>> = {
  '/v1/chat/completions': openaiChat,
  '/v1/completions': openaiCompletions,
  '/infill': infill,
};

/** The paths that make the engine work. */
export const inference = plugin<InferenceOptions>(async (app, { traffic, ...options }) => {
  const { keeper } = options;
  for (const [path, dialect] of Object.entries(dialects)) {
    app.post(path, { config: { errorBody: dialect.errorBody } }, async (request, reply) => {
      const { body, model, requestedModel } = asked(request, dialect.role, keeper);
      const now = Math.floor(Date.now() / 1000);
      const exchange = dialect.translate(body, { model, requestedModel, id: request.id, now });
      return traffic.carry(model.id, () => relay(reply, dialect, exchange, options));
    });
  }

  // Nothing of it is ever streamed.
  app.post('/v1/embeddings', async (request, reply) => {
    const { body, model, requestedModel } = asked(request, 'embed', keeper);
    const wanted = embeddingRequest(body);
    const names = { model: model.id, requestedModel };
    return traffic.carry(model.id, () =>
      whileClientStays(reply, options.stopping, async (signal) => {
        reply.send(await embed(wanted, names, signal, options));
      }),
    );
  });
});

interface Asked {
  readonly body: JsonObject;
  readonly model: GatewayModel;
  /** The id the client asked for; the model's own where it named none. */
  readonly requestedModel: string;
}

/** Throws the fault of a request that no model with `role` can answer at this moment. */
function asked(request: FastifyRequest, role: ModelRole, keeper: ModelKeeper): Asked {
  const body = objectBody(request.body);
  const requested = typeof body.model === 'string' && body.model !== '' ? body.model : undefined;
  const model = modelFor(role, request.inForce.configuration.models, requested);
  const absence = keeper.absence(model.id);
  if (absence) throw absence;
  return { body, model, requestedModel: requested ?? model.id };
}
