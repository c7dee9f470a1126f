import { fault, longestRetrySeconds } from '../fault.ts';
import { FairShares } from './fair-shares.ts';
import { isCompletion, type Load, longestDeference, nextOf } from './order.ts';
import { ServiceTimes } from './service-times.ts';
import { Slots } from './slots.ts';
import type { Waiting, Wish } from './wish.ts';

/** Requests for one model that may wait; further ones are refused. */
const mostWaiting = 64;

/** Milliseconds after its last completion for which somebody is taken to go on typing. */
const typingFor = 600_000;

/** A place in the queue and then a slot of the engine. */
export interface Turn {
  /** Resolves when it is this request's turn. Rejects with the fault `superseded` or `queue_full`, or when aborted. */
  readonly begins: Promise<void>;
  /** The number of its slot, once it has begun. */
  readonly slot: number | undefined;
  /**
   * Gives back what it has, place or slot; further calls do nothing.
   * @param wasWhole Whether it ended as such turns do: one that broke off says nothing of how long others will take.
   */
  end(wasWhole?: boolean): void;
}

/** A request in the queue, for who asks where it is. */
export interface Place {
  readonly id: string;
  readonly key: string;
  readonly model: string;
  /** 1 is next. */
  readonly position: number;
  /** Until it begins, as far as the turns so far tell. */
  readonly expectedSeconds: number;
}

/** The work of one model. */
export interface ModelQueue {
  readonly model: string;
  readonly running: number;
  readonly waiting: number;
}

interface Queued extends Waiting {
  readonly passedBy: Set<string>;
  readonly begin: () => void;
  readonly refuse: (reason: unknown) => void;
}

/**
 * Decides what the CPUs do next, across all models: a request begins when its model has a slot free and none that
 * comes before it (order.ts) can begin. The engine's own queue stays empty, since it neither answers those who wait
 * nor knows who they are.
 */
export class Admission {
  readonly #now: () => number;
  readonly #shares = new FairShares();
  readonly #times = new ServiceTimes();
  readonly #slots = new Slots();
  readonly #queue: Queued[] = [];
  readonly #running = new Map<string, number>();
  readonly #lastCompletion = new Map<string, number>();
  #completing = 0;
  #later: NodeJS.Timeout | undefined;

  /** @param now A clock in milliseconds that never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Takes a place in the queue, until `signal` aborts. Throws `queue_full` where there is none. */
  join(wish: Wish, signal: AbortSignal): Turn {
    if (isCompletion(wish)) this.#lastCompletion.set(wish.model, this.#now());
    if (wish.replaces) this.#supersede(wish);
    this.#makeRoom(wish);
    const { promise: begins, resolve, reject } = Promise.withResolvers<void>();
    // Whoever has left does not wait any more.
    begins.catch(() => {});
    const onAbort = () => reject(signal.reason);
    const started: { at?: number; expected?: number; slot?: number | undefined } = {};
    const queued: Queued = {
      wish,
      since: this.#now(),
      passedBy: new Set(),
      refuse: reject,
      begin: () => {
        started.at = this.#now();
        started.expected = this.#times.expected(kindOf(wish));
        this.#shares.charge(
          wish.key,
          started.expected,
          this.#queue.map((other) => other.wish.key),
        );
        this.#count(wish, 1);
        started.slot = this.#slots.take(wish.model, wish.slots, wish.session);
        if (isCompletion(wish)) this.#passOthers(wish);
        resolve();
      },
    };
    this.#queue.push(queued);
    this.#proceed();
    // Who need not wait need not be watched, which costs more than all the rest here.
    const isWatched = started.at === undefined;
    if (isWatched) signal.addEventListener('abort', onAbort, { once: true });
    let ended = false;
    return {
      begins,
      get slot() {
        return started.slot;
      },
      end: (wasWhole = true) => {
        if (ended) return;
        ended = true;
        if (isWatched) signal.removeEventListener('abort', onAbort);
        if (started.slot !== undefined) this.#slots.give(wish.model, started.slot);
        if (started.at === undefined) this.#remove(queued);
        else this.#finish(wish, started.at, started.expected ?? 0, wasWhole);
        this.#proceed();
      },
    };
  }

  /** Every request that waits, in the order in which they will begin if nothing else comes. */
  get places(): readonly Place[] {
    const shares = this.#shares.copy();
    const rest = [...this.#queue];
    const places: Place[] = [];
    const anything: Load = { running: () => 0, completesLately: () => false, completing: false };
    const ahead = new Map<string, number>();
    while (rest.length > 0) {
      const next = nextOf(rest, anything, shares, this.#now());
      if (!next) break;
      rest.splice(rest.indexOf(next), 1);
      const { id, key, model, slots } = next.wish;
      const expected = this.#times.expected(kindOf(next.wish));
      shares.charge(
        key,
        expected,
        rest.map(({ wish }) => wish.key),
      );
      const before = (ahead.get(model) ?? 0) + 1;
      ahead.set(model, before);
      const expectedSeconds = Math.round((before * expected) / slots);
      places.push({ id, key, model, position: places.length + 1, expectedSeconds });
    }
    return places;
  }

  /** The models that have work, or had some. */
  get queues(): readonly ModelQueue[] {
    const models = new Set([...this.#running.keys(), ...this.#queue.map(({ wish }) => wish.model)]);
    return [...models].map((model) => ({
      model,
      running: this.#running.get(model) ?? 0,
      waiting: this.#queue.filter(({ wish }) => wish.model === model).length,
    }));
  }

  #proceed(): void {
    while (this.#queue.length > 0) {
      const next = nextOf(this.#queue, this.#load(), this.#shares, this.#now());
      if (!next) break;
      const [queued] = this.#queue.splice(this.#queue.indexOf(next), 1);
      queued?.begin();
    }
    this.#lookLater();
  }

  /** What steps back for a completion begins after a while though no turn ends. */
  #lookLater(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
    if (this.#completing === 0) return;
    const deferring = this.#queue
      .filter(({ wish }) => !isCompletion(wish))
      .map(({ since }) => since + longestDeference - this.#now())
      .filter((due) => due > 0);
    if (deferring.length === 0) return;
    this.#later = setTimeout(() => this.#proceed(), Math.min(...deferring) + 1).unref();
  }

  #load(): Load {
    const typing = this.#now() - typingFor;
    return {
      running: (model) => this.#running.get(model) ?? 0,
      completesLately: (model) => (this.#lastCompletion.get(model) ?? Number.NEGATIVE_INFINITY) > typing,
      completing: this.#completing > 0,
    };
  }

  #count(wish: Wish, change: 1 | -1): void {
    this.#running.set(wish.model, (this.#running.get(wish.model) ?? 0) + change);
    if (isCompletion(wish)) this.#completing += change;
  }

  #finish(wish: Wish, startedAt: number, expected: number, wasWhole: boolean): void {
    this.#count(wish, -1);
    const seconds = (this.#now() - startedAt) / 1000;
    this.#shares.correct(wish.key, seconds - expected);
    if (wasWhole) this.#times.measured(kindOf(wish), seconds);
  }

  #remove(queued: Queued): void {
    const index = this.#queue.indexOf(queued);
    if (index >= 0) this.#queue.splice(index, 1);
  }

  /** What could have begun in its place and did not. */
  #passOthers({ key, model }: Wish): void {
    for (const { wish, passedBy } of this.#queue) {
      if (wish.model === model && !isCompletion(wish)) passedBy.add(key);
    }
  }

  #supersede({ key, source, model }: Wish): void {
    const older = this.#queue.filter(
      ({ wish }) => wish.replaces && wish.key === key && wish.source === source && wish.model === model,
    );
    for (const queued of older) {
      this.#remove(queued);
      queued.refuse(fault('superseded', {}));
    }
  }

  /** A full queue is no reason to refuse a key that has less in it than another: then the other's newest goes. */
  #makeRoom(wish: Wish): void {
    if (this.#queue.length < mostWaiting) return;
    const rivals = this.#queue.filter((queued) => queued.wish.model === wish.model);
    if (rivals.length < mostWaiting) return;
    const byKey = Map.groupBy(rivals, (queued) => queued.wish.key);
    const own = byKey.get(wish.key)?.length ?? 0;
    const [largest] = [...byKey.values()].sort((a, b) => b.length - a.length);
    const victim = largest?.at(-1);
    const refusal = this.#queueFull(wish, rivals.length);
    if (!victim || !largest || largest.length <= own + 1) throw refusal;
    this.#remove(victim);
    victim.refuse(refusal);
  }

  #queueFull(wish: Wish, waiting: number) {
    const wait = (waiting * this.#times.expected(kindOf(wish))) / wish.slots;
    const seconds = Math.max(1, Math.min(longestRetrySeconds, Math.ceil(wait)));
    return fault('queue_full', { waiting, seconds }, { retryAfter: seconds });
  }
}

function kindOf({ model, role }: Wish): string {
  return `${role} ${model}`;
}
