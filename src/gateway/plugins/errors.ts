import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import { errorBody } from '../dialects/openai.ts';
import { asFault, type Fault, fault } from '../fault.ts';
import type { JsonObject } from '../json.ts';
import { endpoints, methodsOf } from '../paths.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How the route's errors look; OpenAI's way where it says nothing. */
    errorBody?: (fault: Fault) => JsonObject;
  }
}

/** Answers errors in the client's dialect. Unforeseen ones are logged by type and place, never with values. */
export const errors = plugin<{ bodyLimit: number }>(async (app, { bodyLimit }) => {
  app.setErrorHandler((thrown, request, reply) => {
    const problem = isTooLarge(thrown)
      ? fault('body_too_large', { mebibytes: Math.floor(bodyLimit / 2 ** 20) })
      : asFault(thrown);
    if (problem.error.code === 'internal_error') request.log.error(placeOf(thrown), 'unforeseen error');
    else request.log.debug({ code: problem.error.code }, 'refused');
    return answer(problem, request, reply);
  });

  app.setNotFoundHandler((request, reply) => {
    const allowed = methodsOf(request.url).join(', ');
    if (allowed !== '') reply.header('allow', allowed);
    const problem = allowed
      ? fault('method_not_allowed', { method: request.method, allowed })
      : fault('unknown_path', { paths: endpoints.map(({ path }) => path).join(', ') });
    return answer(problem, request, reply);
  });
});

function answer(problem: Fault, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (problem.retryAfter !== undefined) reply.header('retry-after', problem.retryAfter);
  const body = (request.routeOptions.config.errorBody ?? errorBody)(problem);
  return reply.code(problem.status).type('application/json; charset=utf-8').send(JSON.stringify(body));
}

function isTooLarge(thrown: unknown): boolean {
  return thrown instanceof Error && codeOf(thrown) === 'FST_ERR_CTP_BODY_TOO_LARGE';
}

function codeOf(error: Partial<FastifyError>): string | undefined {
  return error.code;
}

/** Messages may quote a request; the frames of the stack cannot. */
function placeOf(thrown: unknown): { type: string; at: string[] } {
  if (!(thrown instanceof Error)) return { type: typeof thrown, at: [] };
  const frames = (thrown.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { type: thrown.name, at: frames.map((line) => line.trim()) };
}
