import plugin from 'fastify-plugin';
import type { ContextProblem } from '../configuration.ts';
import { fault } from '../fault.ts';

/** The machine specified or a visible failure: with a refused context, every request is told why. */
export const refusedConfiguration = plugin<{ problems: readonly ContextProblem[] }>(
  async (app, { problems }) => {
    if (problems.length === 0) return;
    const texts = problems.map(({ variable, what }) => (variable ? `${variable}: ${what}` : what));
    const extra = { problems: problems.map(asJson) };
    app.addHook('onRequest', async () => {
      throw fault('configuration_refused', { problems: texts.join(' ') }, { extra });
    });
  },
);

function asJson({ code, variable, what, fix }: ContextProblem) {
  return { code, variable: variable ?? null, what, fix };
}
