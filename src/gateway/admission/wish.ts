import type { ModelRole } from '../../models/image-facts.ts';

/** A request that wants the CPUs. */
export interface Wish {
  /** Unique to the request. */
  readonly id: string;
  /** The name of its key: fairness is among keys. */
  readonly key: string;
  /** Where among the key's users it comes from. */
  readonly source: string;
  /** Whether it takes the place of an older one of its kind from the same source: nobody reads that any more. */
  readonly replaces: boolean;
  /** Completions go before everything else: somebody is typing. */
  readonly role: ModelRole;
  /** The conversation it belongs to. */
  readonly session: string;
  /** The model it needs a slot of. */
  readonly model: string;
  /** Requests that the model works on at a time. */
  readonly slots: number;
}

/** A wish that is in the queue. */
export interface Waiting {
  readonly wish: Wish;
  /** In milliseconds, on the clock of the admission. */
  readonly since: number;
  /** The keys whose completions have gone before it: none does so twice. */
  readonly passedBy: ReadonlySet<string>;
}
