import type { WriteStream } from 'node:fs';

/** Prints the course of long work: a line a step with its time, details going to the log file. */
export interface Progress {
  /** A line of its own. */
  say(text: string): void;
  /** Announces a step; the answer's methods tell how far it is and how it ended. */
  step(name: string, about: string): Step;
}

export interface Step {
  update(text: string): void;
  done(note: string): void;
  failed(): void;
}

/** Without a terminal a step that is still running speaks up this often, in milliseconds. */
const heartbeatMs = 60_000;

/** `9m31s`, `4.2s`: short enough for a column, exact enough to compare runs. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)}s`;
  return `${Math.floor(seconds / 60)}m${String(Math.round(seconds % 60)).padStart(2, '0')}s`;
}

/** Progress on `out`: a line rewritten in place on a terminal, calm lines elsewhere. */
export function printProgress(out: NodeJS.WriteStream, log: WriteStream): Progress {
  const write = (line: string) => {
    out.write(`${out.isTTY ? '\r\x1b[K' : ''}${line}\n`);
    log.write(`${line}\n`);
  };
  return {
    say: write,
    step(name, about) {
      const label = name.padEnd(9);
      const start = Date.now();
      const elapsed = () => duration(Date.now() - start).padStart(7);
      let last = '';
      let spoken = start;
      if (out.isTTY) out.write(`  ${label} ${about}`);
      else write(`  ${label} ${about}`);
      const heartbeat = setInterval(() => {
        if (Date.now() - spoken < heartbeatMs || out.isTTY) return;
        spoken = Date.now();
        write(`  ${label} ${elapsed()}  ${last || 'still running'}`);
      }, 5000);
      return {
        update(text) {
          last = text;
          if (out.isTTY) out.write(`\r\x1b[K  ${label} ${elapsed()}  ${text}`);
        },
        done(note) {
          clearInterval(heartbeat);
          write(`  ${label} ${elapsed()}  ${note}`);
        },
        failed() {
          clearInterval(heartbeat);
          write(`  ${label} ${elapsed()}  failed`);
        },
      };
    },
  };
}
