import { OnePilotError } from '../errors/catalogue.ts';

/** Exit status after Ctrl-C: 128 + SIGINT, as shells report it. */
const interrupted = 130;

/** A failure that its message explains to the end: printed as it is. */
export class ScriptFailure extends Error {}

/** Prints an error as a person needs it: what happened, how to fix it, where the details are. */
function printError(error: unknown, logFile: string | undefined): void {
  if (error instanceof OnePilotError) {
    process.stderr.write(`\n${error.message}\n→ ${error.fix}\n  (${error.code})\n`);
  } else if (error instanceof ScriptFailure) {
    process.stderr.write(`\n${error.message}\n`);
  } else {
    process.stderr.write(`\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }
  if (logFile) process.stderr.write(`  details: ${logFile}\n`);
}

/** What a script's body gets. */
export interface ScriptContext {
  /** Aborts at the first Ctrl-C, SIGTERM or SIGHUP; a second one ends the process at once. */
  readonly signal: AbortSignal;
  /** Names the log file for error messages. */
  setLogFile(path: string): void;
}

/** Runs a script's body and exits: 0 on success, 1 on failure with the reason, 130 when interrupted. */
export async function runScript(body: (context: ScriptContext) => Promise<void>): Promise<void> {
  // What is built must not depend on the caller's; secrets have modes of their own.
  process.umask(0o022);
  const controller = new AbortController();
  let logFile: string | undefined;
  process.once('SIGHUP', () => {
    // Nobody reads any more; tidying up goes on.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(interrupted);
      controller.abort();
    });
  }
  try {
    await body({
      signal: controller.signal,
      setLogFile: (path) => {
        logFile = path;
      },
    });
  } catch (error) {
    if (controller.signal.aborted) process.stderr.write('\nInterrupted.\n');
    if (!controller.signal.aborted || error instanceof OnePilotError) printError(error, logFile);
    process.exit(controller.signal.aborted ? interrupted : 1);
  }
  process.exit(0);
}
