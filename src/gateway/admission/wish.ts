import type { ModelRole } from '../../models/image-facts.ts';

/** A request that wants the CPUs. */
export interface Wish {
  /** Unique to the request. */
  readonly id: string;
  /** The name of its key: fairness is among keys. */
  readonly key: string;
  /** Where among the key's users it comes from: the newest completion of each counts. */
  readonly source: string;
  /** Completions go before everything else: somebody is typing. */
  readonly role: ModelRole;
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
}
