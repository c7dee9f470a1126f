import { appendFile, chmod, mkdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Paths } from '../machine/paths.ts';
import { progressLine, writeToConsoles } from './console.ts';
import type { Step } from './progress.ts';

/** Tells what the agent does: details to the step's log and the journal, progress to the consoles as well. */
export interface Log {
  /** Lines for the step's log from here on go to `step`'s file. */
  enter(step: Step): void;
  /** For whoever reads the logs. */
  detail(text: string): Promise<void>;
  /** For the journal alone: what every run says, changes or not. */
  note(text: string): void;
  /** For whoever watches the boot. */
  progress(text: string): Promise<void>;
  /** Lines for the consoles as they are. */
  announce(lines: readonly string[]): Promise<void>;
}

/** @param uptime Seconds since the kernel started. */
export function openLog(paths: Pick<Paths, 'logs' | 'consoles'>, uptime: () => number): Log {
  let step: Step = 'configure';
  const detail = async (text: string): Promise<void> => {
    console.log(text);
    const path = join(paths.logs, `${step}.log`);
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o750 });
      await rotate(path);
      await appendFile(path, `[${new Date().toISOString()}] => INFO: ${text}\n`, { mode: 0o640 });
      await chmod(path, 0o640);
    } catch {
      // A full disk must not keep the appliance from coming up; the journal has the line.
    }
  };
  const announce = (lines: readonly string[]) => writeToConsoles(paths.consoles, lines);
  return {
    enter(next) {
      step = next;
    },
    detail,
    note: (text) => console.log(text),
    announce,
    async progress(text) {
      await Promise.all([detail(text), announce([progressLine(uptime(), text)])]);
    },
  };
}

/** Bytes of a step's log before it begins anew; the one before is kept beside it. */
const largestLog = 1_048_576;

async function rotate(path: string): Promise<void> {
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  if (size > largestLog) await rename(path, `${path}.1`);
}
