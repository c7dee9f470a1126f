import type { OnePilotError } from '../../errors/catalogue.ts';
import type { RawValues } from '../context-sh.ts';
import type { Secret } from '../secret.ts';

/** What a place held. */
export interface Found {
  readonly values: RawValues;
  /** Empty when it was read to its end. */
  readonly problems: readonly OnePilotError[];
  /** OneGate's token, when it lay beside the values. */
  readonly token: Secret | undefined;
}

/** A place where the context may be. */
export interface ContextSource {
  /** For the report. */
  readonly name: string;
  /** Whether who left it there applies network, host name and SSH keys. */
  readonly foreign: boolean;
  /** Undefined when there is nothing. Throws when there is something that cannot be read. */
  readonly read: () => Promise<Found | undefined>;
}
