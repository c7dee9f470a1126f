import { type ErrorCode, failure, OnePilotError } from '../errors/catalogue.ts';
import type { Outcome } from '../report/console.ts';
import { endpoints } from '../report/report.ts';
import type { Configured } from './configure.ts';

/** Warnings that mean that the model answers nobody. */
const keyProblems: ReadonlySet<string> = new Set<ErrorCode>(['KEY_NONE', 'KEY_STORE_UNREADABLE']);

/** Warnings that mean that something else than what was asked for answers, and will until somebody does something. */
const modelProblems: ReadonlySet<string> = new Set<ErrorCode>([
  'MODEL_CANNOT_COMPLETE',
  'MODEL_NONE',
  'MODEL_NOT_FETCHED',
  'MODEL_REFUSED_BY_ENGINE',
  'ADAPTER_NOT_FETCHED',
  'ADAPTER_REFUSED_BY_ENGINE',
]);

/** How a run ended whose service answers. Pure. */
export function outcomeOf(configured: Configured): Outcome {
  const { facts } = configured.decision;
  if (facts.errors.length > 0) return refusal(configured);
  const [url] = endpoints(facts);
  if (configured.machineFault) return { state: 'degraded', reason: configured.machineFault.what };
  const shutOut = facts.warnings.find(({ code }) => keyProblems.has(code));
  if (shutOut) return { state: 'degraded', reason: shutOut.what };
  if (facts.addresses.length === 0) {
    return { state: 'degraded', reason: failure('AGENT_NO_ADDRESS', {}).message };
  }
  const other = facts.warnings.find(({ code }) => modelProblems.has(code));
  if (other) return { state: 'degraded', reason: other.what };
  const { certificateFault } = configured.decision;
  if (certificateFault) return { state: 'degraded', reason: certificateFault.what };
  return { state: 'ready', url };
}

/** How a run ended whose context is wrong: with what ran before, or with nothing. Pure. */
export function refusal({ decision: { run, facts } }: Pick<Configured, 'decision'>): Outcome {
  const what = facts.errors.map((problem) => problem.what).join(' ');
  return { state: run === 'kept' ? 'degraded' : 'failed', reason: what };
}

/** How a run ended that could not go on. Pure. */
export function failed(cause: unknown): Outcome {
  const error = asOnePilotError(cause);
  return { state: 'failed', reason: `${error.message} ${error.fix}` };
}

/** `cause` as the catalogue has it; AGENT_FAILED for what nobody foresaw. */
export function asOnePilotError(cause: unknown): OnePilotError {
  if (cause instanceof OnePilotError) return cause;
  return failure(
    'AGENT_FAILED',
    { reason: cause instanceof Error ? cause.message : String(cause) },
    { cause },
  );
}
