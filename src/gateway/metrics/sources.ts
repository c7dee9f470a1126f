import type { CertificateExpiry } from '../certificates/served-certificates.ts';
import type { Residence } from '../keeping/residence.ts';
import type { LedgerState } from '../ledger/ledger.ts';
import type { PlainServer } from '../plain-http/plain-server.ts';

/** The requests of one model at this moment. */
export interface QueueState {
  readonly model: string;
  readonly waiting: number;
  readonly running: number;
  /** Requests that it works on at a time. */
  readonly slots: number;
}

export const breakerStates = ['closed', 'open', 'half-open'] as const;

/** Whether requests are let through to an upstream. */
export interface BreakerState {
  readonly upstream: string;
  readonly state: (typeof breakerStates)[number];
}

/**
 * Where a scrape reads what is so at this moment: from memory alone, so that it wakes nothing and waits for nobody.
 * What is not there is left out.
 */
export interface MetricsSources {
  /** Requests that are with the engine. */
  readonly inFlight?: () => number;
  readonly queue?: () => readonly QueueState[];
  readonly models?: () => readonly { readonly model: string; readonly residence: Residence['kind'] }[];
  readonly breakers?: () => readonly BreakerState[];
  readonly certificateExpiries?: () => readonly CertificateExpiry[];
  /** What was done with requests over plain HTTP. */
  readonly plainCounts?: () => PlainServer['counts'];
  readonly ledger?: () => LedgerState;
}
