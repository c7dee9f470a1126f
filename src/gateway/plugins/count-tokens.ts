import plugin from 'fastify-plugin';
import { modelsFor } from '../caller.ts';
import { chatRequest } from '../dialects/anthropic/chat-request.ts';
import { errorBody } from '../dialects/anthropic/errors.ts';
import { modelFor } from '../models.ts';
import type { AsideOptions } from '../relay/ask-aside.ts';
import { whileClientStays } from '../relay/leaving.ts';
import { countPrompt } from '../tokens/count-prompt.ts';
import { knownCaller, requireScope } from './authentication.ts';
import { objectBody } from './bodies.ts';

export interface CountTokensOptions extends AsideOptions {
  /** Aborts when what is still in flight must end. */
  readonly stopping: AbortSignal;
}

/**
 * Anthropic's `POST /v1/messages/count_tokens`: how long the prompt of a message would be. It needs no slot, so nobody
 * waits for a turn; and it is no request for a model, so no limit of the key counts it.
 */
export const countTokens = plugin<CountTokensOptions>(async (app, { stopping, ...options }) => {
  app.post('/v1/messages/count_tokens', { config: { errorBody } }, async (request, reply) => {
    const body = objectBody(request.body);
    requireScope(request, 'chat');
    const { models } = request.inForce.configuration;
    const requested = typeof body.model === 'string' ? body.model : undefined;
    const model = modelFor('chat', modelsFor(knownCaller(request), models, requested), requested);
    const chat = chatRequest(body);
    return whileClientStays(reply, stopping, async (signal) => {
      const absence = options.keeper.absence(model.id);
      if (absence) throw absence;
      reply.send({ input_tokens: await countPrompt(chat, model.id, signal, options) });
    });
  });
});
