import type { Check, Past } from '../../certificates/acme/preflight.ts';
import type { AcmeWanted } from '../../certificates/acme/wanted.ts';
import type { Context } from '../../context/read.ts';
import type { UsageReport } from '../../gateway/ledger/usage-report.ts';
import type { Paths, Unit } from '../../machine/paths.ts';
import type { UnitStatus } from '../../machine/system.ts';
import type { Inspection } from '../../report/plan-text.ts';

/** What a program that was run has left behind. */
export interface Captured {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Everything the commands have to do with the world. */
export interface CommandWorld {
  readonly paths: Paths;
  readonly isRoot: boolean;
  readonly hostname: string;
  readonly now: () => Date;
  /**
   * Runs a program and keeps what it prints. `deadline` in milliseconds.
   * @throws COMMAND_NO_PROGRAM when it cannot be started or outlives its deadline
   */
  readonly capture: (argv: readonly [string, ...string[]], deadline: number) => Promise<Captured>;
  /**
   * Runs a program on this terminal and gives its exit status; `quiet` sends its standard output to standard
   * error. @throws COMMAND_NO_PROGRAM
   */
  readonly attach: (
    argv: readonly [string, ...string[]],
    options?: { readonly quiet: boolean },
  ) => Promise<number>;
  /** A line of progress for whoever waits. */
  readonly say: (line: string) => void;
  readonly stdin: () => Promise<string>;
  readonly unitStatuses: (units: readonly Unit[]) => Promise<ReadonlyMap<Unit, UnitStatus>>;
  readonly readContext: () => Promise<Context>;
  readonly inspect: () => Promise<Inspection>;
  /** Makes the gateway read its keys again. @throws GATEWAY_CONTROL_UNREACHABLE, GATEWAY_RELOAD_REFUSED */
  readonly reloadGateway: () => Promise<void>;
  /** Asks the gateway what was used. @throws GATEWAY_CONTROL_UNREACHABLE, GATEWAY_USAGE_UNTOLD */
  readonly askUsage: (query: URLSearchParams) => Promise<UsageReport>;
  /** Looks at what an ACME CA would look at, and asks it for nothing. @param past Moments that are over for certain. */
  readonly checkAcme: (wanted: AcmeWanted, past: readonly Past[]) => Promise<readonly Check[]>;
  /** Where the gateway takes connections. */
  readonly gatewayAddress: { readonly host: string; readonly port: number };
  /** CAs in PEM: those that everybody's programs know, and those that this machine knows beside them. */
  readonly roots: () => Promise<{ readonly everywhere: readonly string[]; readonly here: readonly string[] }>;
}

/** One call of a command, its words and options checked against the table. */
export interface Call {
  readonly words: readonly string[];
  readonly flag: (option: string) => boolean;
  readonly value: (option: string) => string | undefined;
  /** Whether the result is for a program. */
  readonly json: boolean;
  readonly world: CommandWorld;
}

/** What a command answers. It is printed in one of its two forms. */
export interface Result {
  /** See exit-codes.ts. */
  readonly code: number;
  /** For people, on standard output. */
  readonly text: string;
  /** For programs, on standard output; undefined when the command printed by itself. */
  readonly json: unknown;
  /** For people, on standard error: what must not end up in a pipe. */
  readonly notes?: readonly string[];
}

export interface CommandOption {
  readonly name: string;
  readonly short?: string;
  /** What its value is called; without it the option is a switch. */
  readonly value?: string;
  readonly about: string;
}

/** One row of the table: dispatch, help and documentation follow it. */
export interface Command {
  /** One word, or two: `keys add`. */
  readonly name: string;
  /** Words that may follow; a name in brackets may be left out, one that ends with `…]` may stand for several. */
  readonly words: readonly string[];
  readonly options: readonly CommandOption[];
  /** One line, without a full stop. */
  readonly about: string;
  /** Paragraphs. */
  readonly details: readonly string[];
  readonly needsRoot: 'always' | 'without FILE' | 'never';
  /** Left out of the short help: it is called by other programs. */
  readonly hidden?: boolean;
  /** Its module is loaded only when it runs, which keeps the start light. */
  readonly load: () => Promise<(call: Call) => Promise<Result>>;
}
