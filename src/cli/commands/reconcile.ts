import { failure } from '../../errors/catalogue.ts';
import { units } from '../../machine/paths.ts';
import type { Call, Result } from './command.ts';
import { done } from './exit-codes.ts';
import { status } from './status.ts';

/** Milliseconds; the unit itself is given 20 minutes. */
const longestRun = 30 * 60_000;
const quick = 20_000;

/** `onepilot reconcile`. @throws COMMAND_RECONCILE_FAILED */
export async function reconcile({ world, flag }: Pick<Call, 'world' | 'flag'>): Promise<Result> {
  const start = async (options: readonly string[], deadline: number): Promise<void> => {
    const ended = await world.capture(['systemctl', 'start', ...options, units.reconcile], deadline);
    if (ended.status === 0) return;
    const output = ended.stderr.trim().replace(/\s+/g, ' ');
    throw failure('COMMAND_RECONCILE_FAILED', { output });
  };
  if (flag('no-wait')) {
    await start(['--no-block'], quick);
    const json = { started: units.reconcile, waited: false };
    return { code: done, text: 'Started. See: onepilot status\n', json };
  }
  world.say('Reconciling; this waits until the run has ended. To watch: onepilot logs -f agent');
  const before = (await world.unitStatuses([units.reconcile])).get(units.reconcile);
  await start([], longestRun);
  // That was a run already under way, which may have read the context before it was changed.
  if (before?.state === 'activating') await start([], longestRun);
  return status({ world });
}
