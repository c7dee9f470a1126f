const minute = 60_000;

/** The requests of the last 60 seconds: no 60 seconds ever see more than a limit that is asked for here. */
export class RecentRequests {
  /** Milliseconds since 1970, ascending. */
  readonly #times: number[] = [];

  /** @param now Milliseconds since 1970, as everywhere here. */
  note(now: number): void {
    this.#forget(now);
    this.#times.push(now);
  }

  count(now: number): number {
    this.#forget(now);
    return this.#times.length;
  }

  /** Milliseconds until there are fewer than `limit`; 0 where there are. */
  untilBelow(limit: number, now: number): number {
    const last = this.#times[this.count(now) - limit];
    return last === undefined ? 0 : last + minute - now;
  }

  /** Also what lies ahead of a clock that was set back: it would count for as long as that was. */
  #forget(now: number): void {
    for (let first = this.#times[0]; first !== undefined; first = this.#times[0]) {
      if (first <= now && first > now - minute) return;
      this.#times.shift();
    }
  }
}
