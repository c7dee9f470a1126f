import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { fault } from '../fault.ts';

/** Why an exchange ended early when the client closed the connection: there is nobody to tell. */
export class ClientLeft extends Error {}

/** Ends an exchange early: with `ClientLeft`, or with `gateway_stopping` when `stopping` aborts. */
interface Leaving {
  readonly signal: AbortSignal;
  /** To be called when the exchange is over, however it ended. */
  release(): void;
}

/**
 * Runs `exchange` for as long as the client stays and the gateway runs: its signal aborts when either is over.
 * Throws the fault to answer with; when the client has left there is none.
 */
export async function whileClientStays(
  reply: FastifyReply,
  stopping: AbortSignal,
  exchange: (signal: AbortSignal) => Promise<void>,
): Promise<FastifyReply> {
  const { signal, release } = watchLeaving(reply.raw, stopping);
  try {
    await exchange(signal);
    return reply;
  } catch (error) {
    const reason = reasonOf(error, signal);
    if (reason instanceof ClientLeft) return reply.hijack();
    throw reason;
  } finally {
    release();
  }
}

/** Why an exchange that failed with `error` did so. */
export function reasonOf(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  // From the engine's answer, which the parser's message would quote.
  return error instanceof SyntaxError ? fault('engine_failed', {}) : error;
}

function watchLeaving(raw: ServerResponse, stopping: AbortSignal): Leaving {
  const controller = new AbortController();
  const onClose = () => controller.abort(new ClientLeft());
  const running = runningUntil(stopping);
  if (raw.destroyed) onClose();
  if (stopping.aborted) stop(controller);
  raw.once('close', onClose);
  running.add(controller);
  return {
    signal: controller.signal,
    release() {
      raw.off('close', onClose);
      running.delete(controller);
    },
  };
}

/** The exchanges that end when a signal aborts: one listener for all of them, since each costs as much as a small answer. */
const exchangesUntil = new WeakMap<AbortSignal, Set<AbortController>>();

function runningUntil(stopping: AbortSignal): Set<AbortController> {
  const known = exchangesUntil.get(stopping);
  if (known) return known;
  const running = new Set<AbortController>();
  exchangesUntil.set(stopping, running);
  stopping.addEventListener('abort', () => running.forEach(stop), { once: true });
  return running;
}

function stop(exchange: AbortController): void {
  exchange.abort(fault('gateway_stopping', {}));
}
