import { readFile } from 'node:fs/promises';
import type { ModelStatus } from '../engine/client.ts';
import type { OnePilotError } from '../errors/catalogue.ts';
import { type ApplianceState, parseStatus, type Status } from '../report/status.ts';
import { type Absence, absenceText } from './absences.ts';

/** The agent's word in its file `path`; `undefined` as long as it has not said anything. */
export async function readStatus(path: string): Promise<Status | undefined> {
  return parseStatus(await readFile(path, 'utf8').catch(() => undefined));
}

/** What the gateway itself knows of the appliance. */
export interface Seen {
  /** Whether the configuration in force is a refused one. */
  readonly refused: boolean;
  readonly held: boolean;
  /** Whether it is known which keys are valid; otherwise every key is refused. */
  readonly keysKnown: boolean;
  /** Why the certificate that others trust is not served, where one is named. */
  readonly untrusted?: OnePilotError | undefined;
  /** How the main model is. */
  readonly engine: ModelStatus;
  /** Why the main model is away, where that is known. */
  readonly mainAbsence?: Absence | undefined;
  /** The first of the other models that are away. */
  readonly otherAbsence?: Absence | undefined;
}

/** What to say instead of the agent's word. */
export interface Correction {
  readonly state: ApplianceState;
  readonly reason: string;
}

const engineReasons = {
  unloaded: 'The model is not loaded.',
  failed: 'The model could not be loaded.',
  unreachable: 'The engine does not answer.',
} as const satisfies Partial<Record<ModelStatus, string>>;

/**
 * What is different from the agent's word by now, which may be hours old; `undefined` when nothing is. Pure.
 * Its `failed`, with the reason, is never made better.
 */
export function correctionOf(
  state: ApplianceState,
  { refused, held, keysKnown, untrusted, engine, mainAbsence, otherAbsence }: Seen,
): Correction | undefined {
  if (state === 'failed') return undefined;
  const claimsToServe = state === 'loading' || state === 'ready' || state === 'degraded';
  if (refused && claimsToServe) return { state: 'failed', reason: 'The context was refused.' };
  if (held) return { state: 'degraded', reason: 'The engine is being restarted.' };
  if (mainAbsence?.state === 'failed' && claimsToServe) return { state: 'failed', reason: mainAbsence.what };
  if (state !== 'ready') return undefined;
  if (!keysKnown) return { state: 'degraded', reason: 'Every API key is refused: the key store is damaged.' };
  const absence = mainAbsence ?? (engine === 'loaded' ? otherAbsence : undefined);
  if (absence) return { state: 'degraded', reason: absenceText(absence) };
  if (engine === 'loaded') return untrusted && { state: 'degraded', reason: untrusted.message };
  if (engine === 'loading') return { state: 'loading', reason: 'The model is being loaded.' };
  return { state: 'degraded', reason: engineReasons[engine] };
}
