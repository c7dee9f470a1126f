import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '../report/status.ts';
import { attributesOf } from './attributes.ts';
import { readUserTemplate, updateVm } from './client.ts';
import { runReadyScript } from './ready-script.ts';
import type { OneGateSettings } from './settings.ts';

/** How long READY=YES is tried for. Times in milliseconds; the defaults are one-context's, and a patience. */
export interface ReadyOptions {
  readonly signal: AbortSignal;
  /** Attempts `pause` apart; after these, every pause is twice the one before. */
  readonly attempts?: number;
  readonly pause?: number;
  /** From the first attempt until none is begun any more. */
  readonly patience?: number;
  /** What one run of the ready script may take. */
  readonly scriptTimeout?: number;
}

export interface ReadyReport {
  readonly reported: boolean;
  /** Why not: one sentence. */
  readonly reason?: string;
}

/** Tells OneGate how far the appliance is; one attempt. @returns a sentence when that failed; never throws */
export async function reportState(settings: OneGateSettings, status: Status): Promise<string | undefined> {
  try {
    await updateVm(settings, attributesOf(status));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/**
 * Runs the ready script, where there is one, and only when it succeeds tells OneGate READY=YES. Both are tried
 * again, because OneFlow waits for it and a 401 may mean no more than that OneGate cannot reach OpenNebula.
 * Never throws.
 */
export async function reportReady(settings: OneGateSettings, options: ReadyOptions): Promise<ReadyReport> {
  const { signal, attempts = 3, pause = 10_000, patience = 600_000, scriptTimeout = 300_000 } = options;
  const end = performance.now() + patience;
  for (let attempt = 1; ; attempt += 1) {
    const reason = await attemptReady(settings, signal, scriptTimeout);
    if (reason === undefined) return { reported: true };
    if (signal.aborted) return { reported: false, reason: `stopped; before that: ${reason}` };
    const wait = pause * 2 ** Math.max(0, attempt - attempts);
    if (performance.now() + wait >= end) return { reported: false, reason };
    await sleep(wait, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return { reported: false, reason: `stopped; before that: ${reason}` };
  }
}

/**
 * Takes back a READY=YES of an earlier boot, which OpenNebula keeps: this boot is not ready yet. Where nothing
 * was reported, nothing is written. Never throws. @returns whether OneGate could be asked
 */
export async function clearStaleReady(settings: OneGateSettings): Promise<boolean> {
  try {
    const { READY } = await readUserTemplate(settings);
    if (READY?.toUpperCase() === 'YES') await updateVm(settings, { READY: 'NO' });
    return true;
  } catch {
    return false;
  }
}

/** @returns why it failed */
async function attemptReady(
  { readyScript, ...settings }: OneGateSettings,
  signal: AbortSignal,
  timeout: number,
): Promise<string | undefined> {
  try {
    if (readyScript) await runReadyScript(readyScript, { signal, timeout });
    await updateVm(settings, { READY: 'YES' }, { signal });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
