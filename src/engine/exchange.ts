import { connect, type Socket } from 'node:net';
import { failure } from '../errors/catalogue.ts';
import { HttpAnswer } from './http-answer.ts';

/** The engine's answer: its status line has come, its body is still to be read. */
export interface EngineResponse {
  readonly status: number;
  /** Must be read to its end, or be aborted: the connection is held until then. */
  readonly body: AsyncIterable<Buffer>;
}

/** One request. */
export interface EngineQuestion {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly json?: string;
}

/** Bytes of a body that are kept for whoever reads it before the engine has to wait. */
const mostUnread = 2 ** 20;

/** What is read from any connection goes through here, one read after the other: each is looked at before the next. */
const readBuffer = Buffer.allocUnsafe(64 * 2 ** 10);

/**
 * Asks on a connection of its own, and waits without limit for the status line. Aborting `signal` closes the connection
 * at once, whatever the state; the promise or the body then rejects with its reason.
 * Throws `engine_unavailable` when nobody listens on `socketPath`, `engine_failed` when the connection breaks.
 */
export function exchange(
  socketPath: string,
  question: EngineQuestion,
  signal: AbortSignal,
): Promise<EngineResponse> {
  return new Exchange(socketPath, question, signal).response;
}

class Exchange implements AsyncIterator<Buffer, undefined> {
  readonly #answer = new HttpAnswer();
  readonly #response = Promise.withResolvers<EngineResponse>();
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  #unread: Buffer[] = [];
  #unreadBytes = 0;
  #failure: { readonly reason: unknown } | undefined;
  #reader: PromiseWithResolvers<IteratorResult<Buffer, undefined>> | undefined;

  constructor(socketPath: string, question: EngineQuestion, signal: AbortSignal) {
    this.#signal = signal;
    this.#socket = connect({
      path: socketPath,
      onread: { buffer: readBuffer, callback: (length) => this.#received(readBuffer.subarray(0, length)) },
    });
    this.#socket.once('error', (cause) => this.#fail(failureOf(cause)));
    this.#socket.once('end', () => this.#ended());
    this.#socket.once('close', () => this.#ended());
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.#onAbort();
    else this.#socket.write(textOf(question));
  }

  get response(): Promise<EngineResponse> {
    return this.#response.promise;
  }

  next(): Promise<IteratorResult<Buffer, undefined>> {
    if (this.#unread.length > 0) return Promise.resolve({ value: this.#takeAll(), done: false });
    if (this.#failure) return Promise.reject(this.#failure.reason);
    if (this.#answer.isComplete) return Promise.resolve({ value: undefined, done: true });
    this.#reader = Promise.withResolvers();
    return this.#reader.promise;
  }

  return(): Promise<IteratorResult<Buffer, undefined>> {
    this.#close();
    return Promise.resolve({ value: undefined, done: true });
  }

  readonly #onAbort = () => this.#fail(this.#signal.reason);

  /** @returns whether there is room for more */
  #received(bytes: Buffer): boolean {
    const isNew = this.#answer.status === undefined;
    try {
      const body = this.#answer.push(bytes);
      if (body.length > 0) this.#unread.push(body);
      this.#unreadBytes += body.length;
    } catch (cause) {
      this.#fail(failure('engine_failed', {}, { cause }));
      return true;
    }
    const { status, isComplete } = this.#answer;
    if (isComplete) this.#close();
    if (isNew && status !== undefined) {
      this.#response.resolve({ status, body: { [Symbol.asyncIterator]: () => this } });
    }
    this.#serveReader();
    return this.#unreadBytes < mostUnread;
  }

  #serveReader(): void {
    const reader = this.#reader;
    if (!reader) return;
    if (this.#unread.length > 0) reader.resolve({ value: this.#takeAll(), done: false });
    else if (this.#failure) reader.reject(this.#failure.reason);
    else if (this.#answer.isComplete) reader.resolve({ value: undefined, done: true });
    else return;
    this.#reader = undefined;
  }

  #takeAll(): Buffer {
    const [first = Buffer.alloc(0)] = this.#unread;
    const all = this.#unread.length === 1 ? first : Buffer.concat(this.#unread);
    const hadToWait = this.#unreadBytes >= mostUnread;
    this.#unread = [];
    this.#unreadBytes = 0;
    if (hadToWait) this.#socket.resume();
    return all;
  }

  #ended(): void {
    if (this.#failure || this.#answer.isComplete) return;
    try {
      this.#answer.end();
      this.#close();
      this.#serveReader();
    } catch (cause) {
      this.#fail(failure('engine_failed', {}, { cause }));
    }
  }

  #fail(reason: unknown): void {
    if (this.#failure || this.#answer.isComplete) return;
    this.#failure = { reason };
    this.#close();
    this.#response.reject(reason);
    this.#serveReader();
  }

  #close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#socket.destroy();
  }
}

function textOf({ method, path, json }: EngineQuestion): string {
  const content =
    json === undefined
      ? ''
      : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(json)}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n${content}\r\n${json ?? ''}`;
}

function failureOf(cause: NodeJS.ErrnoException) {
  const isAway = cause.code === 'ECONNREFUSED' || cause.code === 'ENOENT';
  return isAway
    ? failure('engine_unavailable', { seconds: 5 }, { cause })
    : failure('engine_failed', {}, { cause });
}
