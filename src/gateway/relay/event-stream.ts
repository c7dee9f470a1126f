import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { ClientStream } from '../dialects/dialect.ts';
import type { RelayTiming } from './timing.ts';

/** As Fastify's `reply.getHeaders()` gives them. */
type Headers = Readonly<Record<string, string | number | string[] | undefined>>;

/**
 * A streamed answer that is never silent for longer than the heartbeat's interval.
 * Texts written are whole events, so that a heartbeat never falls into one.
 */
export class EventStream {
  readonly #raw: ServerResponse;
  readonly #timer: NodeJS.Timeout;
  readonly #stall: number;

  /** Sends status line, headers and opening at once. */
  constructor(raw: ServerResponse, headers: Headers, events: ClientStream, timing: RelayTiming) {
    this.#raw = raw;
    this.#stall = timing.stall;
    // A write that meets the client's leaving ends here; the leaving itself is seen by `close`.
    raw.on('error', () => {});
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) raw.setHeader(name, value);
    }
    raw.writeHead(200, {
      'content-type': events.contentType,
      'cache-control': 'no-cache',
      // nginx in front would hold events back.
      'x-accel-buffering': 'no',
    });
    raw.flushHeaders();
    this.#send(events.opening());
    this.#timer = setInterval(() => {
      if (!raw.writableNeedDrain) this.#send(events.heartbeat());
    }, timing.heartbeat);
  }

  /**
   * Resolves when the client can take more. Rejects when `signal` aborts before, which it does when a client that does
   * not read is disconnected.
   */
  async write(text: string, signal: AbortSignal): Promise<void> {
    if (text === '') return;
    this.#timer.refresh();
    if (this.#send(text)) return;
    const tooSlow = setTimeout(() => this.#raw.destroy(), this.#stall);
    try {
      await once(this.#raw, 'drain', { signal });
    } finally {
      clearTimeout(tooSlow);
    }
  }

  /** Sends `lastWords`, if the client is still there, and ends the answer. */
  end(lastWords = ''): void {
    clearInterval(this.#timer);
    this.#send(lastWords);
    this.#raw.end();
  }

  #send(text: string): boolean {
    return text === '' || this.#raw.destroyed || this.#raw.write(text);
  }
}
