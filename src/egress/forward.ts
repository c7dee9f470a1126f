import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import type { EgressUpstream } from './configuration.ts';
import { forwardedHeader } from './forwarded.ts';
import { scrub } from './scrub.ts';
import { type Trouble, troubleHeader } from './trouble.ts';

/** In milliseconds. */
export interface ForwardTiming {
  /** Until TCP and TLS stand. */
  readonly connect: number;
  /** From there to the status line: another CPU may have a long prompt to read before it. */
  readonly firstByte: number;
  /** Between two parts of an answer. */
  readonly idle: number;
}

export const defaultForwardTiming: ForwardTiming = {
  connect: 10_000,
  firstByte: 15 * 60_000,
  idle: 5 * 60_000,
};

export interface Forwarding {
  readonly upstream: EgressUpstream;
  /** Added to the upstream's URL. */
  readonly path: string;
  readonly timing: ForwardTiming;
  /** Told what went wrong and the code of the error beneath, which names no address. */
  readonly tell: (trouble: Trouble, cause: string) => void;
}

/** Bytes of an error answer that are passed on; what is beyond says nothing more. */
const longestError = 64 * 1024;

/**
 * Passes one request on to its upstream and the answer back, as both come. Nothing of the client's but the body goes
 * out, nothing but status, type, `Retry-After` and body comes in. Redirections are not followed: they lead elsewhere.
 * Whichever side ends, the other ends at once.
 */
export function forward(incoming: IncomingMessage, response: ServerResponse, forwarding: Forwarding): void {
  const { upstream, path, timing, tell } = forwarding;
  const deadline = new Deadline();
  let isOver = false;
  let isConnected = false;

  const fail = (trouble: Trouble, cause: string): void => {
    if (isOver) return;
    isOver = true;
    deadline.clear();
    outgoing.destroy();
    tell(trouble, cause);
    // Only a connection that breaks tells whoever reads an answer that it is not whole.
    if (response.headersSent) response.destroy();
    else answerTrouble(response, trouble);
  };
  const allow = (milliseconds: number, trouble: Trouble) =>
    deadline.set(milliseconds, () => fail(trouble, 'ETIMEDOUT'));

  const outgoing = request(`${upstream.url}${path}`, requestOptions(upstream, incoming));
  allow(timing.connect, 'unreachable');
  outgoing.once('socket', (socket) => {
    socket.once('secureConnect', () => {
      isConnected = true;
      allow(timing.firstByte, 'silent');
    });
  });
  outgoing.on('error', ({ code = 'no code' }: NodeJS.ErrnoException) => {
    fail(isUntrusted(code) ? 'untrusted' : isConnected ? 'broken' : 'unreachable', code);
  });
  outgoing.once('response', (answer) => {
    allow(timing.idle, 'silent');
    answer.on('data', () => allow(timing.idle, 'silent'));
    answer.on('error', ({ code = 'no code' }: NodeJS.ErrnoException) => fail('broken', code));
    answer.once('end', () => deadline.clear());
    if (answer.statusCode === 200) passAnswer(answer, response);
    else passError(answer, response, upstream);
  });

  response.once('close', () => {
    isOver = true;
    deadline.clear();
    outgoing.destroy();
  });
  incoming.pipe(outgoing);
}

/** Answers that there is no answer of the upstream. */
export function answerTrouble(response: ServerResponse, trouble: Trouble): void {
  const status = trouble === 'unknown' ? 404 : 502;
  response.writeHead(status, { [troubleHeader]: trouble, 'content-length': 0 }).end();
}

function requestOptions(
  { key, ca }: EgressUpstream,
  { headers }: Pick<IncomingMessage, 'headers'>,
): RequestOptions {
  const length = headers['content-length'];
  return {
    method: 'POST',
    // One connection per request: ending it ends the work, and none is stale.
    agent: false,
    ...(ca !== undefined && { ca }),
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'accept-encoding': 'identity',
      'user-agent': 'OnePilot',
      [forwardedHeader]: '1',
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(length !== undefined && { 'content-length': length }),
    },
  };
}

function passAnswer(answer: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, answerHeaders(answer));
  // The status line must not wait for the first part.
  response.flushHeaders();
  answer.pipe(response);
}

/** An error may quote the key or the address, which the gateway must not learn. */
function passError(answer: IncomingMessage, response: ServerResponse, upstream: EgressUpstream): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const pass = () => {
    if (response.headersSent) return;
    const text = scrub(Buffer.concat(chunks).toString('utf8'), upstream);
    response.writeHead(answer.statusCode ?? 502, answerHeaders(answer)).end(text);
  };
  answer.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > longestError) pass();
  });
  answer.once('end', pass);
}

function answerHeaders({ headers }: IncomingMessage): OutgoingHttpHeaders {
  const { 'content-type': type, 'retry-after': retryAfter } = headers;
  return {
    ...(type !== undefined && { 'content-type': type }),
    ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
  };
}

/** Of OpenSSL's and Node's codes those about a certificate (https://nodejs.org/api/tls.html, x509 errors). */
function isUntrusted(code: string): boolean {
  return /^(ERR_TLS_CERT|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA)/.test(code);
}

/** One deadline at a time. */
class Deadline {
  #timer: NodeJS.Timeout | undefined;

  set(milliseconds: number, onMissed: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(onMissed, milliseconds);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
