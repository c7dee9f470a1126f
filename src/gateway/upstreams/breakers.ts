import { UpstreamBreaker } from './breaker.ts';

/** The breakers of all upstreams, by name; they outlive a reload of the configuration. */
export class UpstreamBreakers {
  readonly #breakers = new Map<string, UpstreamBreaker>();
  readonly #now: (() => number) | undefined;

  /** @param now see UpstreamBreaker */
  constructor(now?: () => number) {
    this.#now = now;
  }

  of(upstream: string): UpstreamBreaker {
    const known = this.#breakers.get(upstream) ?? new UpstreamBreaker(this.#now);
    this.#breakers.set(upstream, known);
    return known;
  }
}
