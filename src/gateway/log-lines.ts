/** Where a logger writes. */
export interface LineStream {
  write(line: string): void;
}

/**
 * Lines of the log that come in one turn of the event loop are written together: under load a system call for each
 * would cost as much as reading a request. What waits when the process ends is written then.
 */
export function gatheredLines(
  write: (text: string) => void,
  atExit: (flush: () => void) => void,
): LineStream {
  let waiting = '';
  const flush = () => {
    const text = waiting;
    waiting = '';
    if (text !== '') write(text);
  };
  atExit(flush);
  return {
    write(line) {
      if (waiting === '') setImmediate(flush);
      waiting += line;
    },
  };
}

/** The log of a service: its standard output, which systemd reads. */
export function standardOutput(): LineStream {
  return gatheredLines(
    (text) => process.stdout.write(text),
    (flush) => process.once('exit', flush),
  );
}
