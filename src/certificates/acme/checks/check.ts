import type { OnePilotError } from '../../../errors/catalogue.ts';

/** One thing that was looked at before a CA is asked. */
export interface Check {
  /** What, in a few words. */
  readonly about: string;
  /** `note`: it may be wrong, which cannot be known from here. */
  readonly outcome: 'ok' | 'note' | 'failed';
  /** What was seen. */
  readonly detail?: string;
  /** There unless all is well. */
  readonly problem?: OnePilotError;
}

export function passed(about: string, detail: string): Check {
  return { about, outcome: 'ok', detail };
}

export function doubtful(about: string, problem: OnePilotError): Check {
  return { about, outcome: 'note', problem };
}

export function failed(about: string, problem: OnePilotError): Check {
  return { about, outcome: 'failed', problem };
}
