import { setTimeout as sleep } from 'node:timers/promises';
import { exists } from '../context/sources/files.ts';
import { type Paths, units } from '../machine/paths.ts';
import type { System } from '../machine/system.ts';
import { parseStatus } from '../report/status.ts';
import { readText } from './files.ts';

/** Times in milliseconds. */
export interface StepOptions {
  /** How long the step may take. */
  readonly patience: number;
  /** How long READY=YES may take from when the model answers; one-context's own hook tries for as long. */
  readonly reporting?: number;
  /** Between looks. */
  readonly interval?: number;
}

/** What systemd calls a unit that is at work. */
const busyStates = new Set(['active', 'activating', 'reloading']);

/**
 * The `bootstrap` step of one-apps' service framework: lets the reconcile unit bring the service up, and waits
 * for it so long as a hook may (hook-patience.ts). The unit goes on where this gives up. READY=YES is waited for as
 * well: certification looks for it when the hook ends.
 */
export async function bootstrapStep(
  paths: Pick<Paths, 'appliance' | 'lookAgain'>,
  system: Pick<System, 'start' | 'unitStatuses'>,
  { patience, reporting = 30_000, interval = 500 }: StepOptions,
): Promise<'ready' | 'failed' | 'going on'> {
  let end = performance.now() + patience;
  let hasAnswered = false;
  await system.start(units.reconcile, { wait: false });
  while (true) {
    await sleep(interval);
    const statuses = await system.unitStatuses([units.reconcile, units.reportReady]);
    const isAtWork = (unit: keyof typeof units) =>
      busyStates.has(statuses.get(units[unit])?.state ?? 'inactive');
    // A run that was overtaken has ended for the sake of the next.
    const isReconciling = isAtWork('reconcile') || (await exists(paths.lookAgain));
    if (!isReconciling && !isAtWork('reportReady')) break;
    if (!isReconciling && !hasAnswered) end = Math.min(end, performance.now() + reporting);
    hasAnswered = !isReconciling;
    if (performance.now() >= end) return 'going on';
  }
  const status = parseStatus(await readText(paths.appliance));
  return status?.state === 'ready' ? 'ready' : 'failed';
}
