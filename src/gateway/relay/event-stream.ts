import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { ClientStream } from '../dialects/dialect.ts';

/** As Fastify's `reply.getHeaders()` gives them. */
type Headers = Readonly<Record<string, string | number | string[] | undefined>>;

/**
 * A streamed answer that is never silent for longer than the heartbeat's interval.
 * Texts written are whole events, so that a heartbeat never falls into one.
 */
export class EventStream {
  readonly #raw: ServerResponse;
  readonly #timer: NodeJS.Timeout;

  /**
   * Sends status line, headers and opening at once.
   * @param interval milliseconds of silence after which a heartbeat is sent.
   */
  constructor(raw: ServerResponse, headers: Headers, events: ClientStream, interval: number) {
    this.#raw = raw;
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
    }, interval);
  }

  /** Resolves when the client can take more. Rejects when `signal` aborts before. */
  async write(text: string, signal: AbortSignal): Promise<void> {
    if (text === '') return;
    this.#timer.refresh();
    if (!this.#send(text)) await once(this.#raw, 'drain', { signal });
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
