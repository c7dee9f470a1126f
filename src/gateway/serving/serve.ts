import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Dialect } from '../dialects/dialect.ts';
import { asFault, type Fault } from '../fault.ts';
import { objectBody } from '../plugins/bodies.ts';
import { type Answering, answerStream, failedStream } from '../relay/answer-stream.ts';
import { answerWhole, collected } from '../relay/answer-whole.ts';
import type { RelayTiming } from '../relay/timing.ts';
import type { UpstreamBreakers } from '../upstreams/breakers.ts';
import { type AskInTurnOptions, Asking } from './asking.ts';
import { type AttendingOptions, attend } from './attend.ts';
import { chosenRoutes } from './chosen-routes.ts';
import { Meter } from './meter.ts';
import { sessionOf } from './session.ts';

export interface ServingOptions extends AskInTurnOptions, AttendingOptions {
  readonly breakers: UpstreamBreakers;
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
  const { caller, routes, model, requestedModel } = chosenRoutes(request, body, role, options.breakers);
  const now = Math.floor(Date.now() / 1000);
  const exchange = dialect.translate(body, { model, requestedModel, id: request.id, now });
  const { stream } = exchange;
  const { id, ip: source } = request;
  const meter = new Meter({ id, key: caller.name, dialect: dialect.name, stream, model: model.id });
  const size = Number(request.headers['content-length']) || undefined;
  const { maxTokens: mostTokens } = request.inForce.configuration;
  // A model with one slot has no choice.
  const session = (model.slots ?? 1) > 1 ? sessionOf(request.headers, body, caller.name) : '';
  const question = { id, key: caller.name, source, session, role, exchange, size, mostTokens };

  const events = stream ? exchange.events() : undefined;
  const attended = attend({ caller, reply, meter }, options, async (signal) => {
    const asking = new Asking(question, meter, options);
    const body = asking.open(routes, reply, signal);
    const answering: Answering = { body, see: (event) => meter.see(event), signal };
    const errorBody = (fault: Fault) => exchange.lateError?.(fault) ?? dialect.errorBody(fault, id);
    let brokeOff: unknown = 'at once';
    try {
      brokeOff = events
        ? await answerStream(reply, events, answering, options.timing)
        : await answerWhole(
            reply,
            collected(answering, exchange.collector()),
            errorBody,
            signal,
            options.timing,
          );
      return brokeOff;
    } finally {
      asking.end(brokeOff === undefined);
    }
  });
  return attended.catch((error) => {
    const problem = asFault(error);
    if (!events?.carries?.(problem)) throw error;
    return failedStream(reply, events, problem, options.timing);
  });
}
