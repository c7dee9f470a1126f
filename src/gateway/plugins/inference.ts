import plugin from 'fastify-plugin';
import type { Dialect } from '../dialects/dialect.ts';
import { infill } from '../dialects/infill.ts';
import { openaiChat } from '../dialects/openai-chat.ts';
import { openaiCompletions } from '../dialects/openai-completions.ts';
import { modelFor } from '../models.ts';
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
      const body = objectBody(request.body);
      const requested = typeof body.model === 'string' && body.model !== '' ? body.model : undefined;
      const model = modelFor(dialect.role, request.inForce.configuration.models, requested);
      const requestedModel = requested ?? model.id;
      const now = Math.floor(Date.now() / 1000);
      const absence = keeper.absence(model.id);
      if (absence) throw absence;
      const exchange = dialect.translate(body, { model, requestedModel, id: request.id, now });
      return traffic.carry(model.id, () => relay(reply, dialect, exchange, options));
    });
  }
});
