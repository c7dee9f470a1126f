/** What the body of one request takes of the memory there is for all of them. */
export interface HeldBody {
  /** Takes so many bytes instead; where there are not so many, takes what it took, and answers false. */
  resize(bytes: number): boolean;
  /** Gives back everything; further calls do nothing. */
  release(): void;
}

/** The memory that the bodies of requests may take together, from their first byte until their answer has ended. */
export class HeldBodies {
  readonly #most: number;
  #held = 0;

  /** @param most In bytes. */
  constructor(most: number) {
    this.#most = most;
  }

  /** @returns `undefined` where there are not so many bytes left */
  hold(bytes: number): HeldBody | undefined {
    let own = 0;
    let isOver = false;
    const resize = (wanted: number) => {
      if (isOver || this.#held - own + wanted > this.#most) return false;
      this.#held += wanted - own;
      own = wanted;
      return true;
    };
    const release = () => {
      resize(0);
      isOver = true;
    };
    return resize(bytes) ? { resize, release } : undefined;
  }
}
