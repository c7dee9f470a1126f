import { OnePilotError } from '../errors/catalogue.ts';

/** Exit status after Ctrl-C: 128 + SIGINT, as shells report it. */
const interrupted = 130;

/** Prints an error as a person needs it: what happened, how to fix it, where the details are. */
function printError(error: unknown, logFile: string | undefined): void {
  if (error instanceof OnePilotError) {
    process.stderr.write(`\n${error.message}\n→ ${error.fix}\n  (${error.code})\n`);
  } else {
    process.stderr.write(`\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }
  if (logFile) process.stderr.write(`  details: ${logFile}\n`);
}

/** What a script's body gets. */
export interface ScriptContext {
  /** Aborts at the first Ctrl-C or SIGTERM; a second one ends the process at once. */
  readonly signal: AbortSignal;
  /** Names the log file for error messages. */
  setLogFile(path: string): void;
}

/** Runs a script's body and exits: 0 on success, 1 on failure with the reason, 130 when interrupted. */
export async function runScript(body: (context: ScriptContext) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  let logFile: string | undefined;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
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
