/** What a turn takes before any was measured, in seconds. */
const firstGuess = 5;

/** The weight of the latest turn: about the last ten count. */
const weight = 0.2;

/** How long turns take, as measured: a moving average for each kind of them. */
export class ServiceTimes {
  readonly #seconds = new Map<string, number>();

  /** Seconds that a turn of this kind is expected to take. */
  expected(kind: string): number {
    return this.#seconds.get(kind) ?? firstGuess;
  }

  /** A turn of this kind took so many seconds. */
  measured(kind: string, seconds: number): void {
    const before = this.#seconds.get(kind);
    this.#seconds.set(kind, before === undefined ? seconds : before + weight * (seconds - before));
  }
}
