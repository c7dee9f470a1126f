import type { FastifyReply } from 'fastify';
import type { Destination } from '../destinations/destination.ts';
import type { ClientStream, Exchange } from '../dialects/dialect.ts';
import { readEngineEvent } from '../engine-event.ts';
import { asFault, fault } from '../fault.ts';
import type { JsonObject } from '../json.ts';
import { EventParser } from '../sse.ts';
import { EventStream } from './event-stream.ts';
import { ClientLeft, reasonOf, whileClientStays } from './leaving.ts';

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
  readonly timing: RelayTiming;
  /** Aborts when what is still in flight must end. */
  readonly stopping: AbortSignal;
}

interface Relayed {
  readonly reply: FastifyReply;
  readonly exchange: Exchange;
  readonly destination: Destination;
  readonly signal: AbortSignal;
}

/**
 * Takes one exchange to the engine and its answer to the client. The engine's side is closed at once when
 * the client leaves. Throws the fault to answer with, as long as no status line has gone out.
 */
export async function relay(
  reply: FastifyReply,
  exchange: Exchange,
  destination: Destination,
  options: RelayOptions,
): Promise<FastifyReply> {
  return whileClientStays(reply, options.stopping, async (signal) => {
    const relayed = { reply, exchange, destination, signal };
    if (exchange.stream) await relayStream(relayed, options);
    else reply.send(await wholeAnswer(relayed));
  });
}

async function wholeAnswer({ exchange, destination, signal }: Relayed): Promise<JsonObject> {
  const response = await destination.ask(exchange.path, exchange.body, signal);
  const parser = new EventParser();
  const collector = exchange.collector();
  for await (const chunk of response.body) {
    for (const data of parser.push(chunk)) collector.next(readEngineEvent(data));
  }
  if (!collector.answer) throw fault('engine_failed', {});
  return collector.answer;
}

async function relayStream(relayed: Relayed, options: RelayOptions): Promise<void> {
  const { reply, exchange, destination, signal } = relayed;
  const { timing } = options;
  const response = destination.ask(exchange.path, exchange.body, signal);
  await settledOrAfter(response, timing.commit);

  reply.hijack();
  const events = exchange.events();
  const stream = new EventStream(reply.raw, reply.getHeaders(), events, timing.heartbeat);
  try {
    await translate((await response).body, events, stream, signal);
    stream.end();
  } catch (error) {
    const reason = reasonOf(error, signal);
    const problem = asFault(reason);
    stream.end(events.failure(problem));
    if (!(reason instanceof ClientLeft)) reply.log.warn({ code: problem.error.code }, 'stream broke off');
  }
}

async function translate(
  body: AsyncIterable<Buffer>,
  events: ClientStream,
  stream: EventStream,
  signal: AbortSignal,
): Promise<void> {
  const parser = new EventParser();
  for await (const chunk of body) {
    let text = '';
    try {
      for (const data of parser.push(chunk)) text += events.next(readEngineEvent(data));
    } finally {
      // An error among the events must not swallow those before it.
      await stream.write(text, signal);
    }
  }
  if (!events.finished) throw fault('engine_failed', {});
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
