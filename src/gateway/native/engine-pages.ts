import plugin from 'fastify-plugin';
import { readText } from '../../engine/client.ts';
import { fault } from '../fault.ts';
import { isJsonObject, parseJson } from '../json.ts';
import { objectBody } from '../plugins/bodies.ts';
import { type AskingOptions, askEngine } from '../relay/ask-engine.ts';
import { whileClientStays } from '../relay/leaving.ts';
import { engineQuestions } from './engine-questions.ts';
import { namedModel } from './named-model.ts';
import { propsOf } from './props.ts';

export interface EnginePagesOptions extends AskingOptions {
  /** Aborts when what is still in flight must end. */
  readonly stopping: AbortSignal;
}

/**
 * What llama-server answers about a model without a slot: nobody waits for a turn, and no limit of the key counts it.
 * Which model is meant stands in the body or, as in llama-server's router, in the query.
 */
export const enginePages = plugin<EnginePagesOptions>(async (app, { stopping, ...options }) => {
  for (const [path, questionFor] of Object.entries(engineQuestions)) {
    app.post<{ Querystring: { model?: string } }>(path, async (request, reply) => {
      const body = objectBody(request.body);
      const question = questionFor(body);
      const model = namedModel(request, body.model ?? request.query.model);
      const absence = options.keeper.absence(model.id);
      if (absence) throw absence;
      return whileClientStays(reply, stopping, async (signal) => {
        const response = await askEngine(path, { ...question, model: model.id }, signal, options);
        const answer = parseJson(await readText(response.body));
        if (!isJsonObject(answer)) throw fault('engine_failed', {});
        reply.send(answer);
      });
    });
  }

  app.get<{ Querystring: { model?: string } }>('/props', async (request) =>
    propsOf(namedModel(request, request.query.model)),
  );
});
