import plugin from 'fastify-plugin';
import type { InForce, Live } from '../in-force.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What was in force when the request began: it keeps that, whatever is reloaded meanwhile. */
    inForce: InForce;
  }
}

export const inForceAtStart = plugin<{ live: Readonly<Live> }>(async (app, { live }) => {
  app.decorateRequest('inForce');
  app.addHook('onRequest', (request, _reply, next) => {
    request.inForce = live.current;
    next();
  });
});
