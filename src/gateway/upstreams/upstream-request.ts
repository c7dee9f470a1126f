import type { IncomingMessage } from 'node:http';
import { readText } from '../../engine/client.ts';
import { fault } from '../fault.ts';
import { type JsonObject, serialiseForEngine } from '../json.ts';
import type { Attempt, UpstreamBreaker } from './breaker.ts';
import { askEgress, type UpstreamPath } from './egress-client.ts';
import { failed, resting, statusFailure, troubleFailure, UpstreamError } from './faults.ts';

/** What leads to an upstream. */
export interface UpstreamLink {
  /** Its name. */
  readonly upstream: string;
  /** Where the egress listens. */
  readonly socket: string;
  readonly breaker: UpstreamBreaker;
}

/** Bytes of an error answer that are read. */
const longestError = 2 ** 20;

/** One request to an upstream, whose end the breaker hears of however it comes. */
export class UpstreamRequest {
  readonly #link: UpstreamLink;
  readonly #signal: AbortSignal;
  readonly #attempt: Attempt;
  /** Whether a part of the answer has come. */
  #begun = false;

  /** Throws the fault of an upstream that is left alone. */
  constructor(link: UpstreamLink, signal: AbortSignal) {
    signal.throwIfAborted();
    const { wait } = link.breaker;
    if (wait > 0) throw resting(link.upstream, wait);
    this.#link = link;
    this.#signal = signal;
    this.#attempt = link.breaker.begin();
    // Also when nobody reads the answer any more.
    const onAbort = () => this.#attempt.end(this.#begun ? 'blameless' : 'left');
    signal.addEventListener('abort', onAbort, { once: true });
  }

  /** The body of an answer whose status is 200. Throws UpstreamError. */
  async open(path: UpstreamPath, json: Buffer): Promise<IncomingMessage> {
    const { upstream, socket } = this.#link;
    const answer = await askEgress(socket, upstream, path, json, this.#signal);
    const { status, retryAfter, trouble, body } = answer;
    if (trouble) {
      body.resume();
      throw new UpstreamError(troubleFailure(upstream, trouble));
    }
    if (status === 200) return body;
    const text = await readText(body, longestError);
    throw new UpstreamError(statusFailure(upstream, { status, retryAfter, text }));
  }

  /** A part of the answer has come. */
  begun(): void {
    this.#begun = true;
  }

  /** The answer has come to its end. */
  done(): Promise<void> {
    return this.#attempt.end('done');
  }

  /** Nobody reads on, though the client is still there. */
  dropped(): void {
    this.#attempt.end('blameless');
  }

  /** The error to throw for `error`, which ended the request. */
  async failed(error: unknown): Promise<unknown> {
    if (this.#signal.aborted) return error;
    const failure =
      error instanceof UpstreamError ? error.failure : troubleFailure(this.#link.upstream, 'broken');
    await this.#attempt.end(failure.outcome);
    return failure.fault;
  }
}

/** `body` as it is sent. Throws `invalid_body` where it is nested too deeply. */
export function asJson(body: JsonObject): Buffer {
  try {
    return Buffer.from(serialiseForEngine(body));
  } catch {
    throw fault('invalid_body', {});
  }
}

/** Of an answer that is not what the path promises. */
export function notUnderstood(upstream: string): UpstreamError {
  return new UpstreamError({ fault: failed(upstream, 'its answer is not of the form'), outcome: 'failed' });
}
