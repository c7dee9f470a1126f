import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ScriptFailure } from '../../cli/run-script.ts';
import { type Load, type LoadJob, LoadOutcome } from './load-job.ts';
import { nextMessage, startProgram } from './processes.ts';

/** A client in a process of its own: what measures must not wait for what is measured. */
export interface LoadGenerator {
  /** Answers so far that failed and were asked for again. */
  readonly failed: number;
  /** One load for each target. @throws ScriptFailure when an answer is not as it should be */
  run(job: LoadJob): Promise<Load[]>;
  stop(): Promise<void>;
}

const program = fileURLToPath(new URL('load-client.ts', import.meta.url));

export async function startLoadGenerator(directory: string): Promise<LoadGenerator> {
  const logFile = join(directory, 'load-client.log');
  const client = await startProgram([process.execPath, program], { logFile, ipc: true });
  let failed = 0;
  return {
    get failed() {
      return failed;
    },
    async run(job) {
      client.child.send(job);
      const outcome = LoadOutcome.parse(await nextMessage(client));
      if ('problem' in outcome) {
        throw new ScriptFailure(`The load could not be carried: ${outcome.problem}`);
      }
      failed += outcome.loads.reduce((sum, load) => sum + load.failed, 0);
      return outcome.loads;
    },
    stop: client.stop,
  };
}
