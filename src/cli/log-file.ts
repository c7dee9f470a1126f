import { createWriteStream, type WriteStream } from 'node:fs';

/** A log that may fail to be written without ending what it tells of. */
export interface LogFile {
  /** For `printProgress` and `loggingShell`. */
  readonly stream: WriteStream;
  /** Resolves once everything is written, or once it is certain that it cannot be. */
  end(): Promise<void>;
}

/** Opens `path` with mode 0600. A write that fails, on a full disk for example, is told once on stderr. */
export function openLog(path: string): LogFile {
  const stream = createWriteStream(path, { mode: 0o600 });
  let told = false;
  stream.on('error', (error) => {
    if (!told) process.stderr.write(`\nThe log ends here: ${error.message}\n`);
    told = true;
  });
  return { stream, end: () => new Promise((resolve) => stream.end(() => resolve())) };
}
