import plugin from 'fastify-plugin';
import type { Served } from '../accounts/served.ts';
import { whenOver } from '../reply-over.ts';
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

  app.addHook('onRequest', (request, reply, next) => {
    const start = performance.now();
    // Probes come every few seconds.
    const level = isPublic(request) ? 'debug' : 'info';
    // OpenAI's clients read the one, Anthropic's the other.
    reply.header('x-request-id', request.id).header('request-id', request.id);
    // Not `onResponse`, which a client that leaves never triggers.
    whenOver(reply.raw, async (isWhole) => {
      const ended = {
        status: reply.raw.headersSent ? reply.raw.statusCode : null,
        ms: Math.round(performance.now() - start),
        ...(!isWhole && { left: true }),
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
    next();
  });
});

/** Milliseconds are whole. */
function accountLine({ model, destination, dialect, stream, outcome, code, tokens, ms }: Served) {
  return {
    model,
    destination,
    dialect,
    stream,
    outcome,
    ...(code !== undefined && { code }),
    tokens,
    times: {
      queued: rounded(ms.queued),
      firstToken: rounded(ms.firstToken),
      prompt: rounded(ms.prompt),
      answer: rounded(ms.answer),
    },
  };
}

/** Left out of the line where it is not known. */
function rounded(time: number | undefined): number | undefined {
  return time === undefined ? undefined : Math.round(time);
}
