import type { FastifyReply } from 'fastify';
import type { ClientStream } from '../dialects/dialect.ts';
import { type EngineEvent, readEngineEvent } from '../engine-event.ts';
import { asFault, type Fault, fault } from '../fault.ts';
import { EventParser } from '../sse.ts';
import { EventStream } from './event-stream.ts';
import { reasonOf } from './leaving.ts';
import { settledOrAfter } from './settled.ts';
import type { RelayTiming } from './timing.ts';

/** The engine's side of one answer. */
export interface Answering {
  /** The engine's stream, once it has begun; whoever waits for it need not know whether it waits for its turn. */
  readonly body: Promise<AsyncIterable<Buffer>>;
  /** Sees every event first; false for one that is none of the client's business. */
  readonly see: (event: EngineEvent) => boolean;
  readonly signal: AbortSignal;
}

/**
 * Streams one answer to the client, whose status line goes out at once or after `timing.commit`. Throws the fault to
 * answer with, as long as none has gone out.
 * @returns why it broke off, where it did: then the client has been told in the stream.
 */
export async function answerStream(
  reply: FastifyReply,
  events: ClientStream,
  { body, see, signal }: Answering,
  timing: RelayTiming,
): Promise<unknown> {
  await settledOrAfter(body, timing.commit);
  reply.hijack();
  const stream = new EventStream(reply.raw, reply.getHeaders(), events, timing);
  try {
    await translate(await body, events, see, stream, signal);
    stream.end();
    return undefined;
  } catch (error) {
    const reason = reasonOf(error, signal);
    stream.end(events.failure(asFault(reason)));
    return reason;
  }
}

/** Tells `fault` in a stream, for a client that understands it nowhere else (`ClientStream.carries`). */
export function failedStream(
  reply: FastifyReply,
  events: ClientStream,
  fault: Fault,
  timing: RelayTiming,
): FastifyReply {
  reply.hijack();
  new EventStream(reply.raw, reply.getHeaders(), events, timing).end(events.failure(fault));
  return reply;
}

async function translate(
  body: AsyncIterable<Buffer>,
  events: ClientStream,
  see: Answering['see'],
  stream: EventStream,
  signal: AbortSignal,
): Promise<void> {
  const parser = new EventParser();
  for await (const chunk of body) {
    let text = '';
    try {
      for (const data of parser.push(chunk)) {
        const event = readEngineEvent(data);
        if (see(event)) text += events.next(event);
      }
    } finally {
      // An error among the events must not swallow those before it.
      await stream.write(text, signal);
    }
  }
  if (!events.finished) throw fault('engine_failed', {});
}
