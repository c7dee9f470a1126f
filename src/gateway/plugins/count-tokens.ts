import plugin from 'fastify-plugin';
import { chatRequest } from '../dialects/anthropic/chat-request.ts';
import { errorBody } from '../dialects/anthropic/errors.ts';
import type { AskingOptions } from '../relay/ask-engine.ts';
import { whileClientStays } from '../relay/leaving.ts';
import { chosenModel } from '../serving/chosen-model.ts';
import { countPrompt } from '../tokens/count-prompt.ts';
import { objectBody } from './bodies.ts';

export interface CountTokensOptions extends AskingOptions {
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
    const { model } = chosenModel(request, body, 'chat');
    const chat = chatRequest(body);
    return whileClientStays(reply, stopping, async (signal) => {
      const absence = options.keeper.absence(model.id);
      if (absence) throw absence;
      reply.send({ input_tokens: await countPrompt(chat, model.id, signal, options) });
    });
  });
});
