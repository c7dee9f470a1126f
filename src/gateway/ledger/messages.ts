import type { Served } from '../accounts/served.ts';
import type { Usage, UsageQuery } from './usage.ts';

/** What the ledger's thread is started with. */
export interface LedgerWorkerData {
  readonly directory: string;
  /** For how many days requests are kept, today included. */
  readonly days: number;
}

/** What the ledger's thread is asked to do. */
export type LedgerOrder =
  | { readonly do: 'write'; readonly served: readonly Served[] }
  | { readonly do: 'usage'; readonly query: UsageQuery }
  | { readonly do: 'tokens today' }
  | { readonly do: 'keep'; readonly days: number }
  | { readonly do: 'close' };

/** What became of an order; each has its own of these. */
export interface LedgerResult {
  readonly written?: number;
  readonly usage?: Usage;
  readonly tokens?: ReadonlyMap<string, number>;
}

/** The answer to the order with that number. */
export interface LedgerAnswer {
  readonly number: number;
  /** How often a damaged file was moved aside so far. */
  readonly movedAside: number;
  readonly result?: LedgerResult;
  /** Why it could not be done. */
  readonly problem?: string;
}
