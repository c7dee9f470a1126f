import { freemem } from 'node:os';
import type { EngineMachine } from '../../../engine/sizing/machine.ts';
import type { Absence } from '../../../gateway/absences.ts';
import { observeHardware } from '../../../machine/hardware.ts';
import { gatewayControl } from '../../../machine/paths.ts';

/** What the commands about models have to do with the machine beside what every command has. */
export interface Surroundings {
  readonly engineMachine: () => Promise<EngineMachine>;
  /** Bytes of memory that could be had now without pushing anything out. */
  readonly availableMemory: () => number;
  /** Requests that the gateway is busy with; undefined when it does not answer. */
  readonly requestsInFlight: () => Promise<number | undefined>;
  /** Models that the engine does not have, as far as the gateway says so. */
  readonly absences: () => Promise<readonly Absence[]>;
  /** From the call on, Ctrl-C does not end the process but aborts `signal`; a second one ends it. */
  readonly onInterrupt: () => { readonly signal: AbortSignal; readonly release: () => void };
  /** Writes over the line where the cursor is; undefined where nobody watches. */
  readonly rewriteLine: ((line: string) => void) | undefined;
}

/** The machine this process runs on. */
export const thisMachine: Surroundings = {
  engineMachine: () => observeHardware(),
  availableMemory: freemem,
  requestsInFlight: async () => (await import('./in-flight.ts')).requestsInFlight(gatewayControl),
  absences: async () => {
    const { askAbsences } = await import('../../../gateway/control-client.ts');
    return askAbsences(gatewayControl).catch(() => []);
  },
  onInterrupt,
  rewriteLine: process.stderr.isTTY ? rewriteLine : undefined,
};

/** Turns the signals that end a command into one that it can end by itself. */
export function onInterrupt(): ReturnType<Surroundings['onInterrupt']> {
  const controller = new AbortController();
  const abort = () => controller.abort(new Error('interrupted'));
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.once(signal, abort);
  const release = () => {
    for (const signal of signals) process.removeListener(signal, abort);
  };
  return { signal: controller.signal, release };
}

function rewriteLine(line: string): void {
  // One character short of the edge, beyond which a terminal begins another line; some terminals state no width.
  const width = (process.stderr.columns || 80) - 1;
  process.stderr.write(`\r\u001B[K${line.slice(0, width)}`);
}
