import { finished } from 'node:stream';
import plugin from 'fastify-plugin';

/**
 * One line per request when it is over, and its id in `x-request-id`. Never the URL's query, headers or
 * bodies: they hold keys and people's code.
 */
export const accessLog = plugin(async (app) => {
  app.addHook('onRequest', async (request, reply) => {
    const start = performance.now();
    // OpenAI's clients read the one, Anthropic's the other.
    reply.headers({ 'x-request-id': request.id, 'request-id': request.id });
    // Not `onResponse`, which a client that leaves never triggers.
    finished(reply.raw, (error) => {
      const line = {
        id: request.id,
        method: request.method,
        route: request.routeOptions.url ?? null,
        status: reply.raw.headersSent ? reply.raw.statusCode : null,
        ms: Math.round(performance.now() - start),
        key: request.caller?.name ?? null,
        ...(error && { left: true }),
      };
      // Probes come every few seconds.
      app.log[request.routeOptions.config.public ? 'debug' : 'info'](line, 'request');
    });
  });
});
