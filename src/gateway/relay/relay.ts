import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import { type Engine, type EngineResponse, readText } from '../../engine/client.ts';
import type { Dialect, EventTranslator, Exchange } from '../dialects/dialect.ts';
import { engineFaultFromText } from '../engine-faults.ts';
import { asFault, engineRetrySeconds, type Fault, fault } from '../fault.ts';
import { type JsonObject, serialiseForEngine } from '../json.ts';
import type { ModelKeeper } from '../keeping/keeper.ts';
import { EventParser } from '../sse.ts';
import { EventStream } from './event-stream.ts';
import { ClientLeft, watchLeaving } from './leaving.ts';

/** In milliseconds. */
export interface RelayTiming {
  /** A stream's status line goes out this long after the request at the latest. Before, errors have a status. */
  readonly commit: number;
  /** The longest silence of a stream. */
  readonly heartbeat: number;
}

/** Clients give up after 60 s of silence at the earliest; ten seconds to the first byte are promised. */
export const defaultTiming: RelayTiming = { commit: 5000, heartbeat: 8000 };

export interface RelayOptions {
  readonly engine: Engine;
  readonly keeper: ModelKeeper;
  readonly timing: RelayTiming;
  /** Aborts when what is still in flight must end. */
  readonly stopping: AbortSignal;
}

interface Relayed {
  readonly reply: FastifyReply;
  readonly dialect: Dialect;
  readonly exchange: Exchange;
  readonly signal: AbortSignal;
}

/**
 * Takes one exchange to the engine and its answer to the client. The engine's side is closed at once when
 * the client leaves. Throws the fault to answer with, as long as no status line has gone out.
 */
export async function relay(
  reply: FastifyReply,
  dialect: Dialect,
  exchange: Exchange,
  options: RelayOptions,
): Promise<FastifyReply> {
  const { signal, release } = watchLeaving(reply.raw, options.stopping);
  const relayed = { reply, dialect, exchange, signal };
  try {
    if (exchange.stream) await relayStream(relayed, options);
    else reply.send(await wholeAnswer(relayed, options));
    return reply;
  } catch (error) {
    const reason = reasonOf(error, signal);
    if (reason instanceof ClientLeft) return reply.hijack();
    throw reason;
  } finally {
    release();
  }
}

function reasonOf(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  // From the engine's events, of which the parser's message would quote one.
  return error instanceof SyntaxError ? fault('engine_failed', {}) : error;
}

async function wholeAnswer({ exchange, signal }: Relayed, options: RelayOptions): Promise<JsonObject> {
  const response = await accepted(post(options.engine, exchange, signal), exchange, options.keeper);
  const parser = new EventParser();
  const collector = exchange.collector();
  for await (const chunk of response.body) {
    for (const data of parser.push(chunk)) collector.next(data);
  }
  if (!collector.answer) throw fault('engine_failed', {});
  return collector.answer;
}

async function relayStream(relayed: Relayed, { engine, keeper, timing }: RelayOptions): Promise<void> {
  const { reply, dialect, exchange, signal } = relayed;
  const response = accepted(post(engine, exchange, signal), exchange, keeper);
  await settledOrAfter(response, timing.commit);

  reply.hijack();
  const stream = new EventStream(reply.raw, reply.getHeaders(), dialect.heartbeat, timing.heartbeat);
  try {
    await translate((await response).body, exchange.events(), stream, signal);
    stream.end();
  } catch (error) {
    const reason = reasonOf(error, signal);
    const problem = asFault(reason);
    stream.end(dialect.errorEvent(problem));
    if (!(reason instanceof ClientLeft)) reply.log.warn({ code: problem.error.code }, 'stream broke off');
  }
}

async function translate(
  body: AsyncIterable<Buffer>,
  events: EventTranslator,
  stream: EventStream,
  signal: AbortSignal,
): Promise<void> {
  const parser = new EventParser();
  for await (const chunk of body) {
    let text = '';
    try {
      for (const data of parser.push(chunk)) text += events.next(data);
    } finally {
      // An error among the events must not swallow those before it.
      await stream.write(text, signal);
    }
  }
  if (!events.finished) throw fault('engine_failed', {});
}

/** The router must not load a model by itself: it would keep the client without a word until it has. */
function post(engine: Engine, exchange: Exchange, signal: AbortSignal): Promise<EngineResponse> {
  return engine.post(`${exchange.path}?autoload=false`, engineJson(exchange.body), signal);
}

function engineJson(body: JsonObject): string {
  try {
    return serialiseForEngine(body);
  } catch {
    throw fault('invalid_body', {});
  }
}

/** The engine's answer if it is one; throws the fault that it is otherwise. */
async function accepted(
  pending: Promise<EngineResponse>,
  exchange: Exchange,
  keeper: ModelKeeper,
): Promise<EngineResponse> {
  const response = await pending;
  if (response.status === 200) return response;
  const problem = engineFaultFromText(response.status, await readText(response.body));
  const { model } = exchange.body;
  throw typeof model === 'string' ? await withAbsence(problem, model, keeper) : problem;
}

/** Milliseconds; the router looks every 50 whether a child whose output has ended is gone. */
const reaping = 100;

/** A child that is not up makes the router fail in several ways: whether it is, the router's list says. */
async function withAbsence(problem: Fault, model: string, keeper: ModelKeeper): Promise<Fault> {
  const { code } = problem.error;
  if (code !== 'engine_failed' && code !== 'engine_loading') return problem;
  await keeper.look();
  if (keeper.residenceOf(model).kind === 'loaded') {
    await sleep(reaping);
    await keeper.look();
  }
  const absence = keeper.absence(model);
  if (absence) return absence;
  const isLoading = keeper.residenceOf(model).kind === 'loading';
  return isLoading ? fault('engine_loading', { seconds: engineRetrySeconds }) : problem;
}

/** Resolves when `pending` has, or after `milliseconds`; rejects only when `pending` did before. */
async function settledOrAfter(pending: Promise<unknown>, milliseconds: number): Promise<void> {
  const { promise: elapsed, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  try {
    await Promise.race([pending, elapsed]);
  } finally {
    clearTimeout(timer);
  }
}
