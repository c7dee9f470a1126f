import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import { dialectErrorBody } from '../dialects/by-path.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { asFault, type Fault, fault } from '../fault.ts';
import { endpoints, methodsOf, nearestPath } from '../paths.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How the route's errors look; where it says nothing, its path tells. */
    errorBody?: Dialect['errorBody'];
  }
}

/** Answers errors in the client's dialect. Unforeseen ones are logged by type and place, never with values. */
export const errors = plugin(async (app) => {
  app.setErrorHandler<FastifyError | Fault>((thrown, request, reply) => {
    const problem = fastifyFault(thrown, request) ?? asFault(thrown);
    if (problem.error.code === 'internal_error') request.log.error(placeOf(thrown), 'unforeseen error');
    else request.log.debug({ code: problem.error.code }, 'refused');
    return answer(problem, request, reply);
  });

  app.setNotFoundHandler((request, reply) => {
    const allowed = methodsOf(request.url).join(', ');
    if (allowed !== '') reply.header('allow', allowed);
    const problem = allowed
      ? fault('method_not_allowed', { method: request.method, allowed })
      : unknownPath(request.url);
    return answer(problem, request, reply);
  });
});

function unknownPath(url: string): Fault {
  const path = nearestPath(url);
  const hint = path === undefined ? '' : `Did you mean ${path}? `;
  return fault('unknown_path', { hint, paths: endpoints.map((endpoint) => endpoint.path).join(', ') });
}

/** For what Fastify's router refuses, which happens before any hook or handler. */
export function answerUnroutable(_error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id);
  answer(fault('malformed_request', {}), request, reply);
}

function answer(problem: Fault, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (problem.retryAfter !== undefined) reply.header('retry-after', problem.retryAfter);
  // The official clients try a 429 again unless they are told not to, and Claude Code a 401 ten times.
  if (problem.status === 401 || problem.error.code === 'superseded') reply.header('x-should-retry', 'false');
  const errorBody = request.routeOptions.config.errorBody ?? dialectErrorBody(request.url);
  const body = errorBody(problem, request.id);
  // They repeat what the client wrote: a browser must not take them for a page.
  reply.header('x-content-type-options', 'nosniff');
  return reply.code(problem.status).type('application/json; charset=utf-8').send(JSON.stringify(body));
}

/** What Fastify itself finds wrong with a request; `undefined` for everything else. */
function fastifyFault(
  thrown: Error | Partial<FastifyError>,
  { routeOptions }: FastifyRequest,
): Fault | undefined {
  if (!('code' in thrown) || !thrown.code?.startsWith('FST_ERR_')) return undefined;
  if (thrown.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return fault('body_too_large', { kibibytes: Math.floor(routeOptions.bodyLimit / 1024) });
  }
  return (thrown.statusCode ?? 500) < 500 ? fault('malformed_request', {}) : undefined;
}

/** Messages may quote a request; the frames of the stack cannot. */
function placeOf(thrown: unknown): { type: string; at: string[] } {
  if (!(thrown instanceof Error)) return { type: typeof thrown, at: [] };
  const frames = (thrown.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { type: thrown.name, at: frames.map((line) => line.trim()) };
}
