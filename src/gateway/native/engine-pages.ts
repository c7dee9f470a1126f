import plugin from 'fastify-plugin';
import { Fault, invalidParameter } from '../fault.ts';
import type { JsonObject } from '../json.ts';
import { objectBody } from '../plugins/bodies.ts';
import { type AsideOptions, askAside } from '../relay/ask-aside.ts';
import { whileClientStays } from '../relay/leaving.ts';
import type { Limiter } from '../serving/attend.ts';
import { engineQuestions } from './engine-questions.ts';
import { namedModel } from './named-model.ts';
import { propsOf } from './props.ts';
import { withinLimits } from './within-limits.ts';

export interface EnginePagesOptions extends AsideOptions {
  /** Aborts when what is still in flight must end. */
  readonly stopping: AbortSignal;
  /** Nobody is limited without one. */
  readonly limiter?: Limiter;
}

/**
 * What llama-server answers about a model without a slot: nobody waits for a turn.
 * Which model is meant stands in the body or, as in llama-server's router, in the query.
 */
export const enginePages = plugin<EnginePagesOptions>(async (app, { stopping, limiter, ...options }) => {
  for (const [path, questionFor] of Object.entries(engineQuestions)) {
    app.post<{ Querystring: { model?: string } }>(path, (request, reply) =>
      withinLimits(reply, limiter, () => {
        const body = objectBody(request.body);
        const question = questionFor(body);
        const model = namedModel(request, body.model ?? request.query.model);
        const absence = options.keeper.absence(model.id);
        if (absence) throw absence;
        return whileClientStays(reply, stopping, async (signal) => {
          reply.send(await answerTo(path, { ...question, model: model.id }, signal, options));
        });
      }),
    );
  }

  app.get<{ Querystring: { model?: string } }>('/props', (request, reply) =>
    withinLimits(reply, limiter, () => propsOf(namedModel(request, request.query.model))),
  );
});

async function answerTo(
  path: string,
  question: JsonObject & { readonly model: string },
  signal: AbortSignal,
  options: AsideOptions,
): Promise<JsonObject> {
  try {
    return await askAside(path, question, signal, options);
  } catch (error) {
    // The engine fails with 500 at a token that its vocabulary does not have.
    const failed = error instanceof Fault && error.error.code === 'engine_failed';
    throw failed && path === '/detokenize' ? invalidParameter('tokens', 'tokens of this model') : error;
  }
}
