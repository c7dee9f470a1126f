import type { ModelRole } from '../../models/image-facts.ts';
import type { DialectName } from '../accounts/served.ts';
import type { EnginePath } from '../destinations/destination.ts';
import type { EngineEvent } from '../engine-event.ts';
import type { Fault } from '../fault.ts';
import type { JsonObject } from '../json.ts';
import type { GatewayModel } from '../models.ts';

/**
 * How one kind of client speaks: its request becomes the engine's, the engine's answer becomes its own.
 * Everything else (who asks, which model, whose turn it is, the connection, its end) is shared. A dialect does no I/O.
 */
export interface Dialect {
  readonly name: DialectName;
  /** What the model must be able to do to answer `body`. */
  roleFor(body: JsonObject): ModelRole;
  /** Throws the fault of a request that is wrong. */
  translate(body: JsonObject, context: DialectContext): Exchange;
  /** The body of an error answer. @param requestId As in `x-request-id`. */
  errorBody(fault: Fault, requestId: string): JsonObject;
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
 * lets go of a client that leaves only when a part of an answer comes along (see destinations/local.ts).
 */
export interface Exchange {
  /** The engine's path. */
  readonly path: EnginePath;
  /** What the engine is asked; the destination adds the model's name and that it is to be a stream. */
  readonly body: JsonObject;
  /** Whether it asks for nothing but the model to be loaded: upstreams, where that is up to them, need not be asked. */
  readonly onlyLoads?: boolean;
  /** Whether the client wants a stream too. */
  readonly stream: boolean;
  /** For a client that wants a stream. Called once. */
  events(): ClientStream;
  /** For a client that wants the whole answer at once. Called once. */
  collector(): AnswerCollector;
  /** The body of a whole answer that failed after its status line of 200; the dialect's error body where there is none. */
  lateError?(fault: Fault): JsonObject;
}

/** One streamed answer, in the client's form. Every text is whole events, or empty. */
export interface ClientStream {
  readonly contentType: 'text/event-stream; charset=utf-8' | 'application/x-ndjson';
  /** What the client gets with the status line, before the engine has said anything. */
  opening(): string;
  /** What keeps the connection of a silent stream alive; may come at any time after the opening. */
  heartbeat(): string;
  /** What the client gets for an event of the engine; may be several events, or none. */
  next(event: EngineEvent): string;
  /** Whether the engine said that its answer is complete: a stream that ends before broke off. */
  readonly finished: boolean;
  /** Whether the client understands `fault` only within a stream, although a status line could still say it. */
  carries?(fault: Fault): boolean;
  /** The last words of a stream that ends in an error, its status line being gone. */
  failure(fault: Fault): string;
}

/** Puts the events of one stream together again. */
export interface AnswerCollector {
  next(event: EngineEvent): void;
  /** The client's answer; `undefined` until the engine said that it is complete. */
  readonly answer: JsonObject | undefined;
}
