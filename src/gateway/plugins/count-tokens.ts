import plugin from 'fastify-plugin';
import { chatRequest } from '../dialects/anthropic/chat-request.ts';
import { errorBody } from '../dialects/anthropic/errors.ts';
import { fault } from '../fault.ts';
import { withinLimits } from '../native/within-limits.ts';
import type { AsideOptions } from '../relay/ask-aside.ts';
import { whileClientStays } from '../relay/leaving.ts';
import type { Limiter } from '../serving/attend.ts';
import { chosenRoutes } from '../serving/chosen-routes.ts';
import { countPrompt } from '../tokens/count-prompt.ts';
import { UpstreamBreakers } from '../upstreams/breakers.ts';
import { objectBody } from './bodies.ts';

export interface CountTokensOptions extends AsideOptions {
  /** Aborts when what is still in flight must end. */
  readonly stopping: AbortSignal;
  /** Nobody is limited without one. */
  readonly limiter?: Limiter;
}

/**
 * Anthropic's `POST /v1/messages/count_tokens`: how long the prompt of a message would be, for the model that would
 * answer it. It needs no slot, so nobody waits for a turn; it uses no tokens, and is one of the key's requests all the
 * same. A model of an upstream has other tokens than those of this VM, and OpenAI's API has no way to ask for them.
 */
export const countTokens = plugin<CountTokensOptions>(async (app, { stopping, limiter, ...options }) => {
  // No upstream is asked, so it does not matter which of them are left alone.
  const breakers = new UpstreamBreakers();

  app.post('/v1/messages/count_tokens', { config: { errorBody } }, (request, reply) =>
    withinLimits(reply, limiter, () => {
      const body = objectBody(request.body);
      const [route] = chosenRoutes(request, body, 'chat', breakers).routes;
      if (route.to === 'upstream') {
        const message = `"${route.model.id}" runs at the upstream "${route.link.upstream}", which counts no tokens.`;
        throw fault('not_supported', { message }, { parameter: 'model' });
      }
      const { id } = route.model;
      const chat = chatRequest(body);
      return whileClientStays(reply, stopping, async (signal) => {
        const absence = options.keeper.absence(id);
        if (absence) throw absence;
        reply.send({ input_tokens: await countPrompt(chat, id, signal, options) });
      });
    }),
  );
});
