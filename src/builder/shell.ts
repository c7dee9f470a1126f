import type { WriteStream } from 'node:fs';
import { $, type ProcessOutput } from 'zx';
import { failure } from '../errors/catalogue.ts';

export interface ShellOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Text for the command's standard input. */
  readonly input?: string;
  /** The output holds a secret: it is neither logged nor quoted in an error. */
  readonly secret?: boolean;
  /** Sees each line of output while the command runs, for progress. */
  readonly onLine?: (line: string) => void;
}

/** Runs commands with their output in the log file; stops them when the build is interrupted. */
export interface Shell {
  /** Standard output of `command`, trimmed. Throws `BUILD_COMMAND_FAILED` with the end of its output. */
  run(command: readonly string[], options?: ShellOptions): Promise<string>;
}

const tailLines = 15;

function endOf(output: ProcessOutput): string {
  const lines = `${output.stdout}\n${output.stderr}`.split('\n').filter((line) => line.trim());
  return lines
    .slice(-tailLines)
    .map((line) => `    ${line}`)
    .join('\n');
}

/** A shell that logs to `log` and ends its commands when `signal` aborts. */
export function loggingShell(log: WriteStream, signal: AbortSignal): Shell {
  return {
    async run(command, options = {}) {
      signal.throwIfAborted();
      log.write(`\n$ ${command.join(' ')}\n`);
      const child = $({
        quiet: true,
        nothrow: true,
        signal,
        ...(options.cwd ? { cwd: options.cwd } : {}),
        env: { ...process.env, ...options.env },
        input: options.input ?? '',
      })`${command}`;
      let partial = '';
      const observe = (chunk: Buffer) => {
        if (!options.secret) log.write(chunk);
        if (!options.onLine) return;
        const lines = (partial + chunk.toString()).split(/[\r\n]+/);
        partial = lines.pop() ?? '';
        for (const line of lines) options.onLine(line);
      };
      child.stdout.on('data', observe);
      child.stderr.on('data', observe);
      const output = await child;
      signal.throwIfAborted();
      if (output.exitCode !== 0) {
        throw failure('BUILD_COMMAND_FAILED', {
          command: command.slice(0, 4).join(' '),
          exit: output.exitCode ?? String(output.signal),
          output: options.secret ? '    (not shown)' : endOf(output),
        });
      }
      return output.stdout.trim();
    },
  };
}
