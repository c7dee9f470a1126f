import { OnePilotError } from '../../errors/catalogue.ts';
import type { FetchProgress } from '../record.ts';

/** Over which the rate is an average, in milliseconds. */
const rateWindow = 10_000;

/** Tells how far a file is, but not more often than anybody would want to know. */
export class ProgressTeller {
  readonly #tell: (progress: FetchProgress) => void;
  readonly #every: number;
  readonly #now: () => number;
  #toldAt = Number.NEGATIVE_INFINITY;
  #samples: { readonly at: number; readonly received: number }[] = [];

  /**
   * @param every Milliseconds between two reports of the same state.
   * @param now Milliseconds of a clock that never goes back.
   */
  constructor(
    tell: ((progress: FetchProgress) => void) | undefined,
    every: number,
    now: () => number = () => performance.now(),
  ) {
    this.#tell = tell ?? (() => {});
    this.#every = every;
    this.#now = now;
  }

  /** A change of state, which is told at once. */
  change(progress: FetchProgress): void {
    this.#toldAt = this.#now();
    this.#tell(progress);
  }

  /** That it is over, if `error` is one that people can do something about. */
  fail(error: unknown): void {
    if (!(error instanceof OnePilotError)) return;
    this.change({ state: 'failed', code: error.code, what: error.message, fix: error.fix });
  }

  /** Bytes begin to arrive, behind `received` that are here. */
  begin(received: number, size: number | undefined): void {
    this.#samples = [{ at: this.#now(), received }];
    this.change({ state: 'downloading', received, ...(size !== undefined && { size }) });
  }

  receive(received: number, size: number | undefined): void {
    if (!this.#isDue()) return;
    const now = this.#now();
    this.#samples = [...this.#samples.filter(({ at }) => now - at <= rateWindow), { at: now, received }];
    const [first] = this.#samples;
    const seconds = first ? (now - first.at) / 1000 : 0;
    const rate = first && seconds > 0 ? Math.max(0, (received - first.received) / seconds) : undefined;
    this.change({
      state: 'downloading',
      received,
      ...(size !== undefined && { size }),
      ...(rate !== undefined && { rate }),
    });
  }

  verify(received: number, size: number): void {
    if (this.#isDue()) this.change({ state: 'verifying', received, size });
  }

  #isDue(): boolean {
    return this.#now() - this.#toldAt >= this.#every;
  }
}
