import type { FastifyReply } from 'fastify';
import type { Accountant, Served } from '../accounts/served.ts';
import type { Caller } from '../caller.ts';
import { asFault, type Fault } from '../fault.ts';
import { ClientLeft, reasonOf, whileClientStays } from '../relay/leaving.ts';
import type { Meter } from './meter.ts';

/** Keeps callers within what their keys allow (src/gateway/limits/). */
export interface Limiter {
  /** @param now Milliseconds since 1970. @returns why the request may not begin; otherwise it counts until `leave`. */
  enter(caller: Caller, now: number): Fault | undefined;
  leave(caller: Caller): void;
  /** What the answer's headers tell of the limits. */
  headers(caller: Caller, now: number): Readonly<Record<string, string>>;
}

export interface AttendingOptions {
  /** Nobody is limited without one. */
  readonly limiter?: Limiter;
  /** Told of each request when it is over. */
  readonly accountants: readonly Accountant[];
  /** Aborts when what is still in flight must end. */
  readonly stopping: AbortSignal;
}

/** One request for a model: who sent it, and where its answer goes. */
export interface Visit {
  readonly caller: Caller;
  readonly reply: FastifyReply;
  readonly meter: Meter;
}

/**
 * What every request for a model has around it: the limits of its key, its end when the client leaves, its account.
 * Throws the fault to answer with.
 * @param work Resolves with why the answer broke off, where the client has been told so already.
 */
export function attend(
  { caller, reply, meter }: Visit,
  { limiter, accountants, stopping }: AttendingOptions,
  work: (signal: AbortSignal) => Promise<unknown>,
): Promise<FastifyReply> {
  const account = Promise.withResolvers<Served>();
  reply.request.account = account.promise;
  return whileClientStays(reply, stopping, async (signal) => {
    const now = Date.now();
    const refusal = limiter?.enter(caller, now);
    if (limiter) reply.headers(limiter.headers(caller, now));
    let reason: unknown = refusal;
    try {
      if (refusal) throw refusal;
      reason = await work(signal);
    } catch (error) {
      reason = reasonOf(error, signal);
      throw error;
    } finally {
      if (!refusal) limiter?.leave(caller);
      const served = accountOf(meter, reason);
      for (const tell of accountants) tell(served);
      account.resolve(served);
    }
    if (reason !== undefined && !(reason instanceof ClientLeft)) {
      reply.log.warn({ id: reply.request.id, code: asFault(reason).error.code }, 'an answer broke off');
    }
  });
}

function accountOf(meter: Meter, reason: unknown) {
  if (reason === undefined) return meter.served('done');
  if (reason instanceof ClientLeft) return meter.served('left');
  const { status, error } = asFault(reason);
  return meter.served(status < 500 ? 'refused' : 'failed', error.code);
}
