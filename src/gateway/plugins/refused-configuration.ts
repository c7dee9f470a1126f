import plugin from 'fastify-plugin';
import type { ContextProblem } from '../configuration.ts';
import { type Fault, fault } from '../fault.ts';
import { problemForStrangers } from '../for-strangers.ts';
import { callerIfAny } from './authentication.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route says itself that the context was refused. */
    tellsRefusal?: boolean;
  }
}

/** The machine specified or a visible failure: with a refused context, every request is told why. */
export const refusedConfiguration = plugin(async (app) => {
  app.addHook('onRequest', (request, _reply, next) => {
    const { problems } = request.inForce.configuration;
    if (problems.length === 0 || request.routeOptions.config.tellsRefusal) return next();
    callerIfAny(request).then(
      (caller) => next(refusal(caller ? problems : problems.map(problemForStrangers))),
      next,
    );
  });
});

function refusal(problems: readonly ContextProblem[]): Fault {
  const texts = problems.map(({ variable, what }) => (variable ? `${variable}: ${what}` : what));
  const extra = { problems: problems.map(asJson) };
  return fault('configuration_refused', { problems: texts.join(' ') }, { extra });
}

function asJson({ code, variable, what, fix }: ContextProblem) {
  return { code, variable: variable ?? null, what, fix };
}
