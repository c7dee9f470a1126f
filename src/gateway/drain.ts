import { once } from 'node:events';
import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** In milliseconds. */
export interface DrainTiming {
  /** How long idle connections stay open to learn, with their next request, that they should be closed. */
  readonly goodbye: number;
  /** How long streams in flight may go on after that. */
  readonly deadline: number;
}

/** The unit's `TimeoutStopSec=` must be longer than both together. */
export const defaultDrain: DrainTiming = { goodbye: 1500, deadline: 30_000 };

/** Milliseconds. */
const sweepInterval = 50;

/**
 * Prepares `app` for an end that no client notices but those whose streams outlast the deadline. Under socket
 * activation new connections wait in systemd's socket for the next gateway. Call it before `app.ready()`.
 * @returns what ends the app; `stopAll` is called at the deadline and must end what is in flight.
 */
export function drainable(app: FastifyInstance, stopAll: () => void): (timing: DrainTiming) => Promise<void> {
  let isDraining = false;
  app.addHook('onRequest', async (_request, reply) => {
    if (isDraining) reply.header('connection', 'close');
  });

  return async (timing) => {
    isDraining = true;
    await endServer(app.server, timing, stopAll);
    await app.close();
  };
}

/**
 * Ends `server`, whose answers must say from before on that they are the last of their connections.
 * @param stopAll Called at the deadline; what is still there a second later is cut off.
 */
export async function endServer(
  server: Server,
  { goodbye, deadline }: DrainTiming,
  stopAll: () => void = () => {},
): Promise<void> {
  const closed = once(server, 'close');
  stopAccepting(server);
  await sleep(goodbye);
  // Ends idle connections too; those whose answer began before the drain only become idle later.
  server.close();
  const sweep = setInterval(() => server.closeIdleConnections(), sweepInterval);
  const stop = setTimeout(stopAll, deadline);
  const force = setTimeout(() => server.closeAllConnections(), deadline + 1000);
  await closed;
  clearInterval(sweep);
  clearTimeout(stop);
  clearTimeout(force);
}

/** Closes the listening socket alone: `http.Server.close` would close idle connections with it. */
function stopAccepting(server: Server): void {
  NetServer.prototype.close.call(server);
}
