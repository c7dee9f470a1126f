/** Wrong keys that an address may send in a burst, and per minute, before answers to it are delayed. */
const tolerated = 5;
const minute = 60_000;

/** Milliseconds of the first delay, which doubles with each further wrong key up to the longest. */
const firstDelay = 250;
const longestDelay = 5000;

/** So much beyond what is tolerated is remembered: a minute of calm is nearly enough to be forgiven. */
const most = tolerated + 6;

/** Addresses that are remembered; the one that was quiet for longest is forgotten for another. */
const addresses = 10_000;

/**
 * Answers that wait: of all addresses; and of one, those whose keys are known to be wrong, and those whose keys are to
 * be checked, which costs something, once they have waited. Beyond, they are refused at once.
 */
const waitingInAll = 128;
const waitingOfOne = { wrong: 8, unchecked: 2 };

interface Address {
  /** Wrong keys that were not yet forgiven, at `at`. */
  count: number;
  /** Milliseconds, of the clock that callers give. */
  at: number;
  readonly waiting: { wrong: number; unchecked: number };
}

/** How long the answer to a wrong key is to wait; `end` is called once it has. */
export interface Slowdown {
  readonly milliseconds: number;
  readonly end: () => void;
}

/**
 * Slows down whoever guesses keys, by address. Right keys have no part in it: an office shares one address, and
 * one editor with an old key must not slow the others. Pure but for what it remembers.
 */
export class WrongKeys {
  readonly #addresses = new Map<string, Address>();
  #waiting = 0;

  /**
   * Notes a wrong key that came from `source` (see address-group.ts). `undefined` where too many answers wait already.
   * @param now Milliseconds, of any clock that never goes back.
   * @param kind `unchecked` where nobody knows yet that it is wrong: see `forgiveOne`.
   */
  slowdown(source: string, now: number, kind: keyof typeof waitingOfOne = 'wrong'): Slowdown | undefined {
    const address = this.#noted(source, now);
    const beyond = address.count - tolerated;
    if (beyond <= 0) return { milliseconds: 0, end: () => {} };
    const { waiting } = address;
    if (waiting[kind] >= waitingOfOne[kind] || this.#waiting >= waitingInAll) return undefined;
    waiting[kind] += 1;
    this.#waiting += 1;
    const end = () => {
      waiting[kind] -= 1;
      this.#waiting -= 1;
    };
    return { milliseconds: Math.min(longestDelay, Math.round(firstDelay * 2 ** (beyond - 1))), end };
  }

  /** Takes back what `slowdown` noted of a key that turned out to be right. */
  forgiveOne(source: string): void {
    const address = this.#addresses.get(source);
    if (address) address.count = Math.max(0, address.count - 1);
  }

  #noted(source: string, now: number): Address {
    const known = this.#addresses.get(source);
    const address = known ?? { count: 0, at: now, waiting: { wrong: 0, unchecked: 0 } };
    const forgiven = ((now - address.at) * tolerated) / minute;
    address.count = Math.min(most, Math.max(0, address.count - forgiven) + 1);
    address.at = now;
    // To the end of the map: its first entry is then the one that was quiet for longest.
    this.#addresses.delete(source);
    this.#addresses.set(source, address);
    if (this.#addresses.size > addresses) this.#forgetOne();
    return address;
  }

  #forgetOne(): void {
    for (const group of this.#addresses.keys()) {
      this.#addresses.delete(group);
      return;
    }
  }
}
