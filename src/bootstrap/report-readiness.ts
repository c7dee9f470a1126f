import { access } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { setMarkFile } from './files.ts';
import type { Configured } from './run.ts';
import type { World } from './world.ts';

/** Milliseconds between looks whether another run has taken over. */
const lookEvery = 1000;

/**
 * Tells OneGate READY=YES, once in the life of this boot, where the context asks for it. OneFlow waits for it,
 * so a OneGate that cannot be reached is tried again for a while.
 */
export async function reportReadiness(
  { paths, oneGate, log }: Pick<World, 'paths' | 'oneGate' | 'log'>,
  { oneGate: settings, isOvertaken }: Pick<Configured, 'oneGate' | 'isOvertaken'>,
): Promise<void> {
  if (!settings?.reportReady || (await exists(paths.readyReported))) return;
  const overtaken = new AbortController();
  const done = new AbortController();
  const watching = (async () => {
    while (!done.signal.aborted) {
      if (await isOvertaken()) return overtaken.abort();
      await sleep(lookEvery, undefined, { signal: done.signal }).catch(() => undefined);
    }
  })();
  const { reported, reason } = await oneGate.reportReady(settings, { signal: overtaken.signal });
  done.abort();
  await watching;
  if (reported) await setMarkFile(paths.readyReported);
  await log.detail(
    reported ? 'OneGate: READY=YES' : `OneGate was not told READY=YES: ${reason ?? 'overtaken'}`,
  );
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
