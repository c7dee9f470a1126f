import type { FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import type { ModelRole } from '../../models/image-facts.ts';
import { localDestination } from '../destinations/local.ts';
import { dialectsByPath } from '../dialects/table.ts';
import { embed } from '../embeddings/embed.ts';
import { embeddingRequest } from '../embeddings/request.ts';
import type { JsonObject } from '../json.ts';
import type { ModelKeeper } from '../keeping/keeper.ts';
import { type GatewayModel, modelFor } from '../models.ts';
import type { AskingOptions } from '../relay/ask-engine.ts';
import { whileClientStays } from '../relay/leaving.ts';
import { type RelayOptions, relay } from '../relay/relay.ts';
import type { EngineTraffic } from '../traffic.ts';
import { objectBody } from './bodies.ts';

export interface InferenceOptions extends RelayOptions, AskingOptions {
  readonly traffic: EngineTraffic;
}

/** The paths that make the engine work. */
export const inference = plugin<InferenceOptions>(async (app, { traffic, ...options }) => {
  const { keeper } = options;
  for (const [path, dialect] of Object.entries(dialectsByPath)) {
    app.post(path, { config: { errorBody: dialect.errorBody } }, async (request, reply) => {
      const body = objectBody(request.body);
      const { model, requestedModel } = asked(request, body, dialect.roleFor(body), keeper);
      const now = Math.floor(Date.now() / 1000);
      const exchange = dialect.translate(body, { model, requestedModel, id: request.id, now });
      const destination = localDestination(model.id, options);
      return traffic.carry(model.id, () => relay(reply, exchange, destination, options));
    });
  }

  // Nothing of it is ever streamed.
  app.post('/v1/embeddings', async (request, reply) => {
    const body = objectBody(request.body);
    const { model, requestedModel } = asked(request, body, 'embed', keeper);
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
  readonly model: GatewayModel;
  /** The id the client asked for; the model's own where it named none. */
  readonly requestedModel: string;
}

/** Throws the fault of a request that no model with `role` can answer at this moment. */
function asked(request: FastifyRequest, body: JsonObject, role: ModelRole, keeper: ModelKeeper): Asked {
  const requested = typeof body.model === 'string' && body.model !== '' ? body.model : undefined;
  const model = modelFor(role, request.inForce.configuration.models, requested);
  const absence = keeper.absence(model.id);
  if (absence) throw absence;
  return { model, requestedModel: requested ?? model.id };
}
