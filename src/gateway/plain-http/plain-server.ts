import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answerMalformedRequest } from '../secure-server.ts';
import { type PlainOutcome, plainAnswer, plainOutcomes } from './answer.ts';

export interface PlainServerOptions {
  /** The key authorization for a token (challenges/http-01.ts). */
  readonly challenge: (token: string) => string | undefined;
  /** Where HTTPS is. */
  readonly httpsPort: () => number;
}

/** Milliseconds; nobody has much to say here. */
const timeouts = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1000,
  keepAliveTimeout: 2000,
} as const;

/** Milliseconds for a connection on which nothing moves. */
const idle = 10_000;

/** Bytes of all headers together: those of any client, and a CA's by far. */
const maxHeaderSize = 8192;

/** Connections at a time, and requests on each. */
const most = { connections: 256, requests: 16 } as const;

/** The server of port 80. It knows no keys, reads no bodies and writes nothing down but how often it did what. */
export class PlainServer {
  readonly server: Server;
  readonly #counts = new Map<PlainOutcome, number>();
  #isDraining = false;

  constructor({ challenge, httpsPort }: PlainServerOptions) {
    const answerTo = (request: IncomingMessage, response: ServerResponse) => {
      const { method = '', url: target = '/', headers } = request;
      const { outcome, status, body, ...answer } = plainAnswer(
        { method, target, headers },
        challenge,
        httpsPort(),
      );
      this.#counts.set(outcome, this.count(outcome) + 1);
      response.writeHead(status, {
        ...answer.headers,
        'content-length': Buffer.byteLength(body),
        ...(this.#isDraining && { connection: 'close' }),
      });
      response.end(body);
    };
    // A body is let pass before: a client that is still writing when its connection ends may never see the answer.
    const handle = (request: IncomingMessage, response: ServerResponse) => {
      request
        .on('error', () => {})
        .once('end', () => answerTo(request, response))
        .resume();
    };
    const server = createServer({ ...timeouts, maxHeaderSize, requireHostHeader: false }, handle);
    // Those who ask whether they may send a body are told to go before they do.
    this.server = server.on('checkContinue', answerTo).on('checkExpectation', handle);
    this.server.on('clientError', answerMalformedRequest);
    this.server.setTimeout(idle);
    this.server.maxConnections = most.connections;
    this.server.maxRequestsPerSocket = most.requests;
  }

  count(outcome: PlainOutcome): number {
    return this.#counts.get(outcome) ?? 0;
  }

  /** How often what was done. */
  get counts(): readonly { readonly outcome: PlainOutcome; readonly count: number }[] {
    return plainOutcomes.map((outcome) => ({ outcome, count: this.count(outcome) }));
  }

  /** From here on each answer says that it is the last. */
  drain(): void {
    this.#isDraining = true;
  }
}
