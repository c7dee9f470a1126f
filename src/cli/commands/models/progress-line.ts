import { shownBytes } from '../../../engine/sizing/explain.ts';
import { mebibyte } from '../../../engine/sizing/memory.ts';
import type { FetchProgress } from '../../../models/record.ts';

/** Milliseconds between two lines where nobody watches. */
const every = 10_000;

export interface ProgressOutput {
  readonly say: (line: string) => void;
  /** Undefined where a line cannot be written over. */
  readonly rewrite: ((line: string) => void) | undefined;
}

/** Shows how far a file is: on a terminal in one line, elsewhere in a line now and then. */
export class ProgressLine {
  readonly #output: ProgressOutput;
  readonly #name: string;
  readonly #now: () => number;
  #state: FetchProgress['state'] | undefined;
  #saidAt = Number.NEGATIVE_INFINITY;
  #isOpen = false;

  /** @param now Milliseconds of a clock that never goes back. */
  constructor(name: string, output: ProgressOutput, now: () => number = () => performance.now()) {
    this.#name = name;
    this.#output = output;
    this.#now = now;
  }

  tell(progress: FetchProgress): void {
    // How it ended is for the command to say.
    if (progress.state === 'done' || progress.state === 'failed') {
      this.end();
      return;
    }
    const line = `${this.#name}: ${progressText(progress)}`.replace(/\p{Cc}/gu, ' ');
    const isNews = progress.state !== this.#state || progress.state === 'retrying';
    this.#state = progress.state;
    if (this.#output.rewrite) {
      if (isNews) this.end();
      this.#output.rewrite(line);
      this.#isOpen = true;
    } else if (isNews || this.#now() - this.#saidAt >= every) {
      this.#saidAt = this.#now();
      this.#output.say(line);
    }
  }

  /** What is written next begins on a line of its own. */
  end(): void {
    if (this.#isOpen) this.#output.say('');
    this.#isOpen = false;
  }
}

/** `1.20 GiB of 2.55 GiB, 47 %, 23.1 MiB/s, 1 min left`. Pure. */
export function progressText(progress: FetchProgress): string {
  switch (progress.state) {
    case 'waiting':
      return 'another process is fetching it; waiting for that';
    case 'downloading': {
      const { received, size, rate } = progress;
      const parts = [
        size === undefined ? `${shownBytes(received)} fetched` : share(received, size),
        ...(rate === undefined ? [] : [`${(rate / mebibyte).toFixed(1)} MiB/s`]),
        ...(size === undefined || !rate ? [] : [`${duration((size - received) / rate)} left`]),
      ];
      return parts.join(', ');
    }
    case 'retrying':
      return `${progress.reason}; attempt ${progress.attempt + 1} follows at ${progress.retryAt}`;
    case 'verifying':
      return `checking, ${share(progress.received, progress.size)}`;
    case 'done':
      return 'done';
    case 'failed':
      return progress.what;
  }
}

function share(received: number, size: number): string {
  return `${shownBytes(received)} of ${shownBytes(size)}, ${percent(received, size)} %`;
}

/** A whole number; 100 only for what is whole. */
export function percent(received: number, size: number): number {
  return size > 0 ? Math.floor((received / size) * 100) : 100;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
