import { finished } from 'node:stream';
import plugin from 'fastify-plugin';
import type { Served } from '../accounts/served.ts';
import { isPublic } from './authentication.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The account of a request for a model; resolves when that is over, and never rejects. */
    account: Promise<Served> | undefined;
  }
}

/**
 * One line per request when it is over, and its id in `x-request-id`. Never the URL's query, headers or
 * bodies: they hold keys and people's code.
 */
export const accessLog = plugin(async (app) => {
  app.decorateRequest('account', undefined);

  app.addHook('onRequest', async (request, reply) => {
    const start = performance.now();
    // Probes come every few seconds.
    const level = isPublic(request) ? 'debug' : 'info';
    // OpenAI's clients read the one, Anthropic's the other.
    reply.headers({ 'x-request-id': request.id, 'request-id': request.id });
    // Not `onResponse`, which a client that leaves never triggers.
    finished(reply.raw, async (error) => {
      const ended = {
        status: reply.raw.headersSent ? reply.raw.statusCode : null,
        ms: Math.round(performance.now() - start),
        ...(error && { left: true }),
      };
      // The connection of a client that leaves ends before its request does.
      const served = await request.account;
      const line = {
        id: request.id,
        method: request.method,
        route: request.routeOptions.url ?? null,
        key: request.caller?.name ?? null,
        ...ended,
        ...(served && accountLine(served)),
      };
      app.log[level](line, 'request');
    });
  });
});

/** Milliseconds are whole. */
function accountLine({ model, destination, dialect, stream, outcome, code, tokens, ms }: Served) {
  const { total: _, ...times } = ms;
  const rounded = Object.entries(times).map(([name, time]) => [name, Math.round(time)] as const);
  return {
    model,
    destination,
    dialect,
    stream,
    outcome,
    ...(code !== undefined && { code }),
    tokens,
    times: Object.fromEntries(rounded),
  };
}
