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

/** What an order asked for; each question has its own of these. */
export interface LedgerResult {
  readonly usage?: Usage;
  readonly tokens?: ReadonlyMap<string, number>;
}

/** A file of the ledger that could not be used, and as what it was moved aside. */
export interface MovedAside {
  readonly why: 'damaged' | 'of a later version';
  /** Its name in the ledger's directory. */
  readonly file: string;
}

/** The answer to the order with that number. */
export interface LedgerAnswer {
  readonly number: number;
  /** Since the answer before this one. */
  readonly movedAside: readonly MovedAside[];
  readonly result?: LedgerResult;
  /** Why it could not be done. */
  readonly problem?: string;
}
