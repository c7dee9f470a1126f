import type { FastifyReply, FastifyRequest } from 'fastify';
import { readText } from '../../engine/client.ts';
import type { DialectName } from '../accounts/served.ts';
import { local } from '../destinations/destination.ts';
import type { Routes } from '../destinations/routes.ts';
import { embed } from '../embeddings/embed.ts';
import type { EmbeddingRequest } from '../embeddings/request.ts';
import type { Fault } from '../fault.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { objectBody } from '../plugins/bodies.ts';
import { answerWhole } from '../relay/answer-whole.ts';
import { askEngine } from '../relay/ask-engine.ts';
import { embedAtUpstream } from '../upstreams/embeddings.ts';
import { attend } from './attend.ts';
import { chosenRoutes } from './chosen-routes.ts';
import { Meter } from './meter.ts';
import type { ServingOptions } from './serve.ts';
import { takeTurn } from './turn.ts';

/** How embeddings are asked for and given in one dialect. */
export interface EmbeddingDialect {
  readonly name: DialectName;
  /** Throws the fault of a request that is wrong. */
  read(body: JsonObject): EmbeddingRequest;
  /** The client's answer, from OpenAI's (embed.ts). */
  write(answer: JsonObject): JsonObject;
  errorBody(fault: Fault): JsonObject;
}

/** As `serve`, for embeddings: each text waits for its own turn, so that a thousand of them let others in between. */
export async function serveEmbeddings(
  request: FastifyRequest,
  reply: FastifyReply,
  { name, read, write, errorBody }: EmbeddingDialect,
  options: ServingOptions,
): Promise<FastifyReply> {
  const body = objectBody(request.body);
  const { caller, routes, model, requestedModel } = chosenRoutes(request, body, 'embed', options.breakers);
  const wanted = read(body);
  const { id, ip } = request;
  const meter = new Meter({ id, key: caller.name, dialect: name, stream: false, model: model.id });
  const wish = {
    id,
    key: caller.name,
    source: ip,
    replaces: false,
    session: '',
    role: 'embed',
    model: model.id,
    slots: model.slots ?? 1,
  } as const;

  return attend({ caller, reply, meter }, options, (signal) => {
    const count = (prompt: number) => meter.add({ prompt, cached: 0, answer: 0 });
    const ask = async (question: JsonObject) => {
      const { release } = await takeTurn(wish, meter, signal, options);
      let wasWhole = false;
      try {
        const text = await readText((await askEngine('/v1/embeddings', question, signal, options)).body);
        wasWhole = true;
        return text;
      } finally {
        release(wasWhole);
      }
    };
    // For vectors, nobody stands in: those of two models cannot be compared.
    const answer = async ([route]: Routes) => {
      reply.header('x-onepilot-served-by', route.to === 'local' ? local : route.link.upstream);
      if (route.to === 'local') return embed(wanted, { model: model.id, requestedModel }, ask, count);
      const { upstream } = route.link;
      meter.goesTo({ name: upstream, model: model.id });
      meter.begin();
      const names = { model: route.model, requestedModel };
      const embedded = await embedAtUpstream(asBody(wanted), names, signal, route.link);
      count(promptTokens(embedded));
      return embedded;
    };
    return answerWhole(reply, answer(routes).then(write), errorBody, signal, options.timing);
  });
}

function promptTokens({ usage }: JsonObject): number {
  return isJsonObject(usage) && typeof usage.prompt_tokens === 'number' ? usage.prompt_tokens : 0;
}

function asBody({ inputs, format, dimensions }: EmbeddingRequest): JsonObject {
  const input = inputs.map((one) => (typeof one === 'string' ? one : [...one]));
  return { input, encoding_format: format, ...(dimensions !== undefined && { dimensions }) };
}
