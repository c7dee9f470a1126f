import { planJson, renderPlan } from '../../report/plan-text.ts';
import type { Call, Result } from './command.ts';
import { done, notReady } from './exit-codes.ts';
import { asText, problemLines } from './text.ts';

/** `onepilot plan`. */
export async function plan({ world }: Pick<Call, 'world'>): Promise<Result> {
  const { actions, observed, errors, warnings, contextSource } = await world.inspect();
  return {
    code: errors.length > 0 ? notReady : done,
    text: asText([
      `Context: ${contextSource ?? 'none'}`,
      '',
      renderPlan(actions, observed).trimEnd(),
      ...problemLines('Errors', errors),
      ...problemLines('Warnings', warnings),
    ]),
    json: { contextSource: contextSource ?? null, changes: planJson(actions, observed), errors, warnings },
  };
}
