import type { OnePilotError } from '../errors/catalogue.ts';

/** What a raw string turned out to be. Problems and warnings never contain a secret. */
export type Reading<Value> =
  | { readonly value: Value; readonly warnings?: readonly OnePilotError[] }
  | { readonly problems: readonly OnePilotError[] };

/** What a row of the table says of its variable, whatever its kind. */
export interface Description {
  readonly name: `ONEAPP_COPILOT_${string}`;
  /** Heading under which documentation lists it. */
  readonly group: string;
  /** One or two sentences for forms and documentation: no `|` and no `"`, which OpenNebula's forms cannot hold. */
  readonly help: string;
  /** As it would stand in a VM template. */
  readonly example: string;
  /** Version of OnePilot that first understood it. */
  readonly since: string;
}

/** One variable of the context. `Value` is what the appliance works with. */
export interface Variable<Value> extends Description {
  /** Type in OpenNebula's `user_inputs`. A `text64` arrives in base64. */
  readonly input: 'text' | 'text64' | 'password' | 'number' | 'boolean';
  /** Whether it must never be shown. */
  readonly secret: boolean;
  /** The values it can have, so that «must be …» is a sentence. */
  readonly rule: string;
  readonly default: Value;
  /** The default as it would stand in a VM template; empty where that is «not set». */
  readonly shownDefault: string;
  /** Whether OpenNebula's form asks for it. */
  readonly offered: boolean;
  /** Reads a value that is not blank. */
  readonly read: (raw: string) => Reading<Value>;
}
