import plugin from 'fastify-plugin';

/** What a page may read of an answer beside its body. */
const exposed = [
  ...['x-request-id', 'request-id', 'retry-after', 'x-should-retry', 'x-onepilot-served-by'],
  ...['limit', 'remaining', 'reset'].flatMap((what) => [
    `x-ratelimit-${what}-requests`,
    `x-ratelimit-${what}-tokens`,
  ]),
].join(', ');

/**
 * Lets pages of any origin use a key they were given (Open WebUI's direct connections). The key travels in a
 * header, never in a cookie, so an open origin gives nobody a key. Headers are listed as asked for, because
 * `*` does not cover `Authorization` (Fetch standard, "CORS-safelisted"), and SDKs add their own.
 */
export const crossOrigin = plugin(async (app) => {
  app.addHook('onRequest', (request, reply, next) => {
    // A page's request says where it is from (Fetch standard, section 3.1); editors and agents are no pages.
    if (request.headers.origin === undefined && request.method !== 'OPTIONS') return next();
    reply.header('access-control-allow-origin', '*');
    reply.header('access-control-expose-headers', exposed);
    if (request.method !== 'OPTIONS') return next();
    const requested = request.headers['access-control-request-headers'];
    reply.header('access-control-allow-methods', 'GET, POST, HEAD, OPTIONS');
    reply.header(
      'access-control-allow-headers',
      requested ?? 'authorization, content-type, x-api-key, api-key',
    );
    reply.header('access-control-max-age', '600');
    reply.code(204).send();
  });
});
