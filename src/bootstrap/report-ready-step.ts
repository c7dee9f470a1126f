import { readContext } from '../context/read.ts';
import type { Paths } from '../machine/paths.ts';
import type { System } from '../machine/system.ts';
import { reportReady } from '../onegate/report.ts';
import { parseOneGate } from '../onegate/settings.ts';
import { setMarkFile } from './files.ts';

/**
 * Tells OneGate READY=YES where the context asks for it, and notes that it was told, so that it is told once in
 * the life of a boot. OneFlow waits for it, so a OneGate that cannot be reached is tried again for ten minutes:
 * a unit of its own does that, since nobody should wait for it.
 * @returns why it was not told
 */
export async function reportReadyStep(paths: Paths, system: System): Promise<string | undefined> {
  const { values, token } = await readContext(paths, system, 0);
  const { settings } = parseOneGate(values, token);
  if (!settings?.reportReady) return undefined;
  const { reported, reason = 'stopped' } = await reportReady(settings, {
    signal: new AbortController().signal,
  });
  if (!reported) return reason;
  await setMarkFile(paths.readyReported);
  return undefined;
}
