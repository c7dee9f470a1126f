import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DialectName } from '../accounts/served.ts';
import { embed } from '../embeddings/embed.ts';
import type { EmbeddingRequest } from '../embeddings/request.ts';
import type { Fault } from '../fault.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { objectBody } from '../plugins/bodies.ts';
import { answerWhole } from '../relay/answer-whole.ts';
import { askEngine } from '../relay/ask-engine.ts';
import { attend } from './attend.ts';
import { chosenModel } from './chosen-model.ts';
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
  const { caller, model, requestedModel } = chosenModel(request, body, 'embed');
  const wanted = read(body);
  const { id, ip } = request;
  const meter = new Meter({ id, key: caller.name, dialect: name, stream: false, model: model.id });
  const wish = {
    id,
    key: caller.name,
    source: ip,
    role: 'embed',
    model: model.id,
    slots: model.slots ?? 1,
  } as const;

  return attend({ caller, reply, meter }, options, async (signal) => {
    let release = () => {};
    const ask = async (question: JsonObject) => {
      release();
      release = await takeTurn(wish, meter, signal, options);
      return askEngine('/v1/embeddings', question, signal, options);
    };
    const all = async () => {
      const answer = await embed(wanted, { model: model.id, requestedModel }, ask);
      const { usage } = answer;
      const prompt = isJsonObject(usage) && typeof usage.prompt_tokens === 'number' ? usage.prompt_tokens : 0;
      meter.add({ prompt, cached: 0, answer: 0 });
      return write(answer);
    };
    try {
      return await answerWhole(reply, all(), errorBody, signal, options.timing);
    } finally {
      release();
    }
  });
}
