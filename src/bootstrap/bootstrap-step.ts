import { setTimeout as sleep } from 'node:timers/promises';
import { type Paths, units } from '../machine/paths.ts';
import type { System } from '../machine/system.ts';
import { parseStatus } from '../report/status.ts';
import { readText } from './files.ts';

/** Milliseconds between looks. */
const lookEvery = 500;

/**
 * The `bootstrap` step of one-apps' service framework: lets the reconcile unit bring the service up, and waits
 * for it so long as a hook may (one-context drops events that wait for its lock longer than two minutes). The
 * unit goes on where this gives up. READY=YES is waited for as well: certification looks for it when the hook ends.
 * @param patience Milliseconds.
 */
export async function bootstrapStep(
  paths: Pick<Paths, 'appliance'>,
  system: Pick<System, 'start' | 'unitStatuses'>,
  patience: number,
): Promise<'ready' | 'failed' | 'going on'> {
  const end = performance.now() + patience;
  await system.start(units.reconcile, { wait: false });
  while (true) {
    await sleep(lookEvery);
    const statuses = await system.unitStatuses([units.reconcile, units.reportReady]);
    const isReporting = statuses.get(units.reportReady)?.state === 'active';
    if (statuses.get(units.reconcile)?.state !== 'activating' && !isReporting) break;
    if (performance.now() >= end) return 'going on';
  }
  const status = parseStatus(await readText(paths.appliance));
  return status?.state === 'ready' ? 'ready' : 'failed';
}
