import { asProblem } from '../../../context/parse.ts';
import type { OnePilotError } from '../../../errors/catalogue.ts';
import type { ContextProblem } from '../../../gateway/configuration.ts';

/** One thing that was looked at. */
export interface Check {
  /** What, in a few words. */
  readonly about: string;
  /** `note`: it may be wrong, which cannot be known from here. */
  readonly outcome: 'ok' | 'note' | 'failed';
  /** What was seen. */
  readonly detail?: string;
  readonly problem?: ContextProblem;
}

export function passed(about: string, detail?: string): Check {
  return { about, outcome: 'ok', ...(detail !== undefined && { detail }) };
}

export function wrong(about: string, error: OnePilotError, outcome: 'note' | 'failed' = 'failed'): Check {
  return { about, outcome, problem: asProblem(error) };
}
