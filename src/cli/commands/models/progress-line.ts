import { fetchText } from '../../../models/fetch-text.ts';
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
    const line =
      `${this.#name}: ${fetchText(progress, 'another process is fetching it; waiting for that')}`.replace(
        /\p{Cc}/gu,
        ' ',
      );
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
