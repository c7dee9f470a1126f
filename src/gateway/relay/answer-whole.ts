import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { AnswerCollector } from '../dialects/dialect.ts';
import { readEngineEvent } from '../engine-event.ts';
import { asFault, type Fault, fault } from '../fault.ts';
import type { JsonObject } from '../json.ts';
import { whenOver } from '../reply-over.ts';
import { EventParser } from '../sse.ts';
import type { Answering } from './answer-stream.ts';
import { reasonOf } from './leaving.ts';
import { settledOrAfter } from './settled.ts';
import type { RelayTiming } from './timing.ts';

/** What a JSON text may begin with (RFC 8259, section 2), as often as it likes. */
const padding = '\n';

/**
 * Sends `answer` as JSON once it is there. A client that has waited for `timing.padding` gets the status line and
 * white space meanwhile, since many give up after minutes of silence. Throws the fault to answer with, as long as no
 * status line has gone out.
 * @returns why it failed, where it did after that: then the body says it.
 */
export async function answerWhole(
  reply: FastifyReply,
  answer: Promise<JsonObject>,
  errorBody: (fault: Fault) => JsonObject,
  signal: AbortSignal,
  timing: RelayTiming,
): Promise<unknown> {
  const ready = await settledOrAfter(answer, timing.padding);
  if (ready) {
    closeUnlessRead(reply.raw, timing.stall);
    reply.send(ready);
    return undefined;
  }
  const { raw } = reply.hijack();
  raw.on('error', () => {});
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  raw.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
  raw.write(padding);
  const timer = setInterval(() => raw.write(padding), timing.heartbeat);
  try {
    raw.end(JSON.stringify(await answer));
    return undefined;
  } catch (error) {
    const reason = reasonOf(error, signal);
    raw.end(JSON.stringify(errorBody(asFault(reason))));
    return reason;
  } finally {
    clearInterval(timer);
    closeUnlessRead(raw, timing.stall);
  }
}

/** Closes the connection of a client that leaves an answer unread for so many milliseconds: it lies in memory. */
function closeUnlessRead(raw: ServerResponse, stall: number): void {
  const tooSlow = setTimeout(() => raw.destroy(), stall).unref();
  whenOver(raw, () => clearTimeout(tooSlow));
}

/** The whole of a streamed answer. Throws the fault of one that breaks off. */
export async function collected({ body, see }: Answering, collector: AnswerCollector): Promise<JsonObject> {
  const parser = new EventParser();
  for await (const chunk of await body) {
    for (const data of parser.push(chunk)) {
      const event = readEngineEvent(data);
      if (see(event)) collector.next(event);
    }
  }
  if (!collector.answer) throw fault('engine_failed', {});
  return collector.answer;
}
