/**
 * The parts of a body, taken from the connection as soon as they come. A stream of `fetch` drops what it holds when
 * its connection breaks; what has been taken out of it is safe, however long it takes to be written.
 */
export class ArrivingBody implements AsyncIterable<Uint8Array> {
  readonly #most: number;
  readonly #parts: Uint8Array[] = [];
  #waiting = 0;
  #end: { readonly error?: unknown } | undefined;
  #changed = Promise.withResolvers<void>();

  /**
   * @param next The next part; undefined at the end. What it throws is thrown behind the last part.
   * @param most Bytes to hold before the connection has to wait.
   */
  constructor(next: () => Promise<Uint8Array | undefined>, most: number) {
    this.#most = most;
    void this.#take(next);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    while (true) {
      const part = this.#parts.shift();
      if (part !== undefined) {
        this.#waiting -= part.length;
        this.#change();
        yield part;
      } else if (this.#end === undefined) {
        await this.#changed.promise;
      } else if ('error' in this.#end) {
        throw this.#end.error;
      } else return;
    }
  }

  async #take(next: () => Promise<Uint8Array | undefined>): Promise<void> {
    try {
      for (let part = await next(); part !== undefined; part = await next()) {
        this.#parts.push(part);
        this.#waiting += part.length;
        this.#change();
        while (this.#waiting > this.#most) await this.#changed.promise;
      }
      this.#end = {};
    } catch (error) {
      this.#end = { error };
    }
    this.#change();
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
