/** Ends something when nothing is heard of it for too long. */
export class Watchdog {
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  /** Aborted with the error that `expect` was given, when that time is over. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From this moment, something must be heard within `milliseconds`. */
  expect(milliseconds: number, error: () => Error): void {
    this.rest();
    this.#timer = setTimeout(() => this.#controller.abort(error()), milliseconds);
  }

  /** Nothing more will be heard. */
  end(): void {
    this.rest();
    this.#controller.abort();
  }

  /** Nothing is expected. */
  rest(): void {
    clearTimeout(this.#timer);
  }
}
