import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';

/** Failures in a row after which an upstream is left alone. */
const mostFailures = 5;
/** Milliseconds until one request may try whether it has come back. */
const restFor = 30_000;
/** Milliseconds to wait while that request is under way; nobody knows how long it will take. */
const probing = 10_000;

/**
 * How an attempt ended: the answer came to its end; the upstream failed; it answered without failing (it refused the
 * request, or the client left in the midst of an answer); or nobody wanted the answer any more before it had begun.
 */
export type AttemptOutcome = 'done' | 'failed' | 'blameless' | 'left';

/** One request to an upstream, from its first byte out to its last byte in. */
export interface Attempt {
  /** To be called when it is over; only the first call counts. Resolves when the breaker knows it. */
  end(outcome: AttemptOutcome): Promise<void>;
}

class Ended extends Error {
  readonly outcome: AttemptOutcome;
  constructor(outcome: AttemptOutcome) {
    super(outcome);
    this.outcome = outcome;
  }
}

/** Leaves an upstream alone that failed several times in a row, then lets one request try. */
export class UpstreamBreaker {
  readonly #now: () => number;
  #openedAt = 0;
  /** cockatiel waits by the wall's clock, which a time server may set back: time is counted here. */
  readonly #policy = circuitBreaker(
    handleWhen((error) => error instanceof Ended && this.#isFailure(error.outcome)),
    { halfOpenAfter: Number.NEGATIVE_INFINITY, breaker: new ConsecutiveBreaker(mostFailures) },
  );

  /** @param now milliseconds of a clock that only goes forward */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#policy.onBreak(() => {
      this.#openedAt = this.#now();
    });
  }

  get state(): 'closed' | 'open' | 'half-open' {
    const { state } = this.#policy;
    if (state === CircuitState.Closed) return 'closed';
    return state === CircuitState.HalfOpen ? 'half-open' : 'open';
  }

  /** Milliseconds after which the upstream may be asked; 0 when it may be now. */
  get wait(): number {
    if (this.state === 'closed') return 0;
    if (this.state === 'half-open') return probing;
    return Math.max(0, this.#openedAt + restFor - this.#now());
  }

  /** Begins a request; only when there is nothing to wait for. */
  begin(): Attempt {
    const { promise: over, reject, resolve } = Promise.withResolvers<void>();
    const recorded = this.#policy.execute(() => over).catch(() => {});
    return {
      end(outcome) {
        if (outcome === 'done') resolve();
        else reject(new Ended(outcome));
        return recorded;
      },
    };
  }

  /** The one request that was to show whether the upstream is back, and was given up, has not shown it. */
  #isFailure(outcome: AttemptOutcome): boolean {
    return outcome === 'failed' || (outcome === 'left' && this.state === 'half-open');
  }
}
