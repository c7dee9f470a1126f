import type { HoldAnswer } from './control-client.ts';
import { engineRetrySeconds, fault } from './fault.ts';

/** Seconds after its deadline at which a hold ends by itself: whoever asked for it may have died. */
const graceSeconds = 120;

/** The exchanges about one model. */
export interface ModelUse {
  readonly inFlight: number;
  /** When the last one ended, by `performance.now()`; 0 when there was none. */
  readonly lastUsed: number;
}

const unused: ModelUse = { inFlight: 0, lastUsed: 0 };

/** Counts the exchanges with the engine, and keeps new ones away while it is being restarted. */
export class EngineTraffic {
  #inFlight = 0;
  readonly #uses = new Map<string, ModelUse>();
  #resumptions = 0;
  /** Ends the hold by itself; there is none without it. */
  #expiry: NodeJS.Timeout | undefined;
  readonly #waiting = new Set<() => void>();

  get inFlight(): number {
    return this.#inFlight;
  }

  /** How often exchanges were let through again: after that, what was known of the engine is stale. */
  get resumptions(): number {
    return this.#resumptions;
  }

  get held(): boolean {
    return this.#expiry !== undefined;
  }

  use(model: string): ModelUse {
    return this.#uses.get(model) ?? unused;
  }

  /** Throws the fault `engine_restarting` while requests are held. */
  requireOpen(): void {
    if (this.held) throw fault('engine_restarting', { seconds: engineRetrySeconds });
  }

  /**
   * An exchange with the engine begins, about its model `model`. Throws as `requireOpen`.
   * @returns to be called when the exchange is over; further calls do nothing.
   */
  enter(model: string): () => void {
    this.requireOpen();
    this.#inFlight += 1;
    this.#count(model, 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#inFlight -= 1;
      this.#count(model, -1);
      if (this.#inFlight === 0) this.#wake();
    };
  }

  /**
   * Holds new exchanges until `resume`, or two minutes beyond `seconds`; a further call prolongs that.
   * Resolves when nothing is in flight any more, when `seconds` are over, or when somebody resumes.
   */
  async hold(seconds: number): Promise<HoldAnswer> {
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => this.resume(), (seconds + graceSeconds) * 1000).unref();
    if (this.#inFlight > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const deadline = setTimeout(resolve, seconds * 1000);
      this.#waiting.add(resolve);
      await promise;
      clearTimeout(deadline);
      this.#waiting.delete(resolve);
    }
    return { idle: this.#inFlight === 0, inFlight: this.#inFlight };
  }

  /** Lets exchanges through again. */
  resume(): void {
    clearTimeout(this.#expiry);
    this.#expiry = undefined;
    this.#resumptions += 1;
    this.#wake();
  }

  #count(model: string, change: 1 | -1): void {
    const { inFlight } = this.use(model);
    this.#uses.set(model, { inFlight: inFlight + change, lastUsed: performance.now() });
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
  }
}
