import type { ModelRole } from '../../models/image-facts.ts';
import type { Fault } from '../fault.ts';
import type { JsonObject } from '../json.ts';
import type { GatewayModel } from '../models.ts';

/**
 * How one kind of client speaks: its request becomes the engine's, the engine's answer becomes its own.
 * Everything else (who asks, which model, the connection, its end) is shared. A dialect does no I/O.
 */
export interface Dialect {
  readonly role: ModelRole;
  /** Throws the fault of a request that is wrong. */
  translate(body: JsonObject, context: DialectContext): Exchange;
  /** The body of an error answer. */
  errorBody(fault: Fault): JsonObject;
  /** An error within a stream whose status line is gone. */
  errorEvent(fault: Fault): string;
  /** What keeps the connection of a silent stream alive. */
  readonly heartbeat: string;
}

export interface DialectContext {
  readonly model: GatewayModel;
  /** The id the client asked for, to be echoed; the model's own where it named none. */
  readonly requestedModel: string;
  /** Unique to the request. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly now: number;
}

/**
 * One request to the engine and how to read what comes back: always a stream, since llama-server's router
 * lets go of a client that leaves only when a part of an answer comes along (see engine-request.ts).
 */
export interface Exchange {
  /** The engine's path. */
  readonly path: string;
  readonly body: JsonObject;
  /** Whether the client wants a stream too. */
  readonly stream: boolean;
  /** For a client that wants a stream. */
  events(): EventTranslator;
  /** For a client that wants the whole answer at once. */
  collector(): AnswerCollector;
}

/** Translates the events of one stream, in their order. */
export interface EventTranslator {
  /** What the client gets for the engine's event `data`; may be several events, or none. */
  next(data: string): string;
  /** Whether the engine said that its answer is complete: a stream that ends before broke off. */
  readonly finished: boolean;
}

/** Puts the events of one stream together again. */
export interface AnswerCollector {
  next(data: string): void;
  /** The client's answer; `undefined` until the engine said that it is complete. */
  readonly answer: JsonObject | undefined;
}
