import type { FastifyReply, FastifyRequest } from 'fastify';
import type { EngineResponse } from '../../engine/client.ts';
import type { Destination } from '../destinations/destination.ts';
import { localDestination } from '../destinations/local.ts';
import type { Dialect, Exchange } from '../dialects/dialect.ts';
import { asFault, type Fault } from '../fault.ts';
import { objectBody } from '../plugins/bodies.ts';
import { answerStream, failedStream } from '../relay/answer-stream.ts';
import { answerWhole, collected } from '../relay/answer-whole.ts';
import type { AskingOptions } from '../relay/ask-engine.ts';
import type { RelayTiming } from '../relay/timing.ts';
import { withAnswerLimit } from './answer-limit.ts';
import { type AttendingOptions, attend } from './attend.ts';
import { chosenModel } from './chosen-model.ts';
import { requireFit } from './fit.ts';
import { Meter } from './meter.ts';
import { type TurnOptions, takeTurn } from './turn.ts';

export interface ServingOptions extends AskingOptions, AttendingOptions, TurnOptions {
  readonly timing: RelayTiming;
}

/**
 * One request for a model, from its body to its answer, whatever it is said in: which model, does it fit, whose turn is
 * it, ask, translate back. Throws the fault to answer with.
 */
export async function serve(
  request: FastifyRequest,
  reply: FastifyReply,
  dialect: Dialect,
  options: ServingOptions,
): Promise<FastifyReply> {
  const body = objectBody(request.body);
  const role = dialect.roleFor(body);
  const { caller, model, requestedModel } = chosenModel(request, body, role);
  const now = Math.floor(Date.now() / 1000);
  const exchange = dialect.translate(body, { model, requestedModel, id: request.id, now });
  const { stream } = exchange;
  const { id, ip } = request;
  const meter = new Meter({ id, key: caller.name, dialect: dialect.name, stream, model: model.id });
  const wish = { id, key: caller.name, source: ip, role, model: model.id, slots: model.slots ?? 1 };

  const events = stream ? exchange.events() : undefined;
  const attended = attend({ caller, reply, meter }, options, async (signal) => {
    const size = Number(request.headers['content-length']) || undefined;
    const prompt = await requireFit(exchange, model, size, signal, options);
    const { maxTokens: most } = request.inForce.configuration;
    const limited = withAnswerLimit(exchange, { contextSize: model.contextSize, prompt, most });
    let release = () => {};
    const engine = localDestination(model.id, options);
    const local: Destination = {
      ...engine,
      async ask(...question) {
        release = await takeTurn(wish, meter, signal, options);
        return engine.ask(...question);
      },
    };
    const answering = {
      body: asked({ ...exchange, body: limited }, local, reply, meter, signal),
      see: (event: Parameters<Meter['see']>[0]) => meter.see(event),
      signal,
    };
    try {
      if (events) return await answerStream(reply, events, answering, options.timing);
      const whole = collected(answering, exchange.collector());
      const errorBody = (fault: Fault) => dialect.errorBody(fault, id);
      return await answerWhole(reply, whole, errorBody, signal, options.timing);
    } finally {
      release();
    }
  });
  return attended.catch((error) => {
    const problem = asFault(error);
    if (!events?.carries?.(problem)) throw error;
    return failedStream(reply, events, problem, options.timing);
  });
}

async function asked(
  { path, body }: Exchange,
  destination: Destination,
  reply: FastifyReply,
  meter: Meter,
  signal: AbortSignal,
): Promise<EngineResponse['body']> {
  const response = await destination.ask(path, body, signal);
  meter.destination = destination.name;
  if (!reply.raw.headersSent) reply.header('x-onepilot-served-by', destination.name);
  return response.body;
}
