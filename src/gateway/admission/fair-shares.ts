/**
 * Whose turn it is among keys: start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996), with the seconds of a
 * slot for what is shared. A key that was idle begins where the others are: it has saved nothing up, and owes nothing.
 */
export class FairShares {
  /** Virtual time: nobody who waits may start before it. */
  #now = 0;
  /** When each key may start next, in virtual seconds; those behind `#now` are as good as unknown. */
  readonly #next = new Map<string, number>();

  /** The lower, the sooner is it this key's turn. */
  startOf(key: string): number {
    return Math.max(this.#now, this.#next.get(key) ?? 0);
  }

  /**
   * `key` has got a turn that is expected to take so many seconds.
   * @param waiting The keys that have not: time must not go past them, or what they are owed would be forgotten.
   */
  charge(key: string, seconds: number, waiting: Iterable<string> = []): void {
    const start = this.startOf(key);
    this.#now = Math.min(start, ...[...waiting].map((other) => this.startOf(other)));
    this.#next.set(key, start + seconds);
    for (const [other, next] of this.#next) if (next <= this.#now) this.#next.delete(other);
  }

  /** A turn of `key` took so many seconds more than was expected, or fewer. */
  correct(key: string, seconds: number): void {
    this.#next.set(key, (this.#next.get(key) ?? this.#now) + seconds);
  }

  /** For playing turns through without giving them. */
  copy(): FairShares {
    const copy = new FairShares();
    copy.#now = this.#now;
    for (const [key, next] of this.#next) copy.#next.set(key, next);
    return copy;
  }
}
