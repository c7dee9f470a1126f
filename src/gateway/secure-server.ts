import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Identity } from '../certificates/identity.ts';
import type { Served, ServedCertificates } from './certificates/served-certificates.ts';
import { errorBody } from './dialects/openai.ts';
import { fault } from './fault.ts';
import { createHandshakes } from './handshakes.ts';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** In milliseconds. */
export interface ConnectionTimeouts {
  readonly handshakeTimeout: number;
  /** For all headers of a request together. */
  readonly headersTimeout: number;
  /** Ends with the request's last byte, so that streams may last for hours. */
  readonly requestTimeout: number;
  /** How often the two above are looked after. */
  readonly connectionsCheckingInterval: number;
  /** For a connection with no request on it. */
  readonly keepAliveTimeout: number;
  /**
   * For a connection on which nothing moves while there is a request: neither an answer's heartbeat (relay/timing.ts),
   * nor what the client has still to read.
   */
  readonly timeout: number;
}

const usualTimeouts: ConnectionTimeouts = {
  handshakeTimeout: 20_000,
  headersTimeout: 20_000,
  requestTimeout: 300_000,
  connectionsCheckingInterval: 5000,
  // Longer than the idle time of the usual balancers (60 s), which must not meet a closing connection.
  keepAliveTimeout: 72_000,
  timeout: 150_000,
};

/** At about 50 kB of memory each, TLS included. */
const maxConnections = 1024;

export interface SecureServerOptions {
  /** What the CA is shown for a server name (challenges/tls-alpn-01.ts); nothing unless given. */
  readonly challenge?: (servername: string) => Identity | undefined;
  readonly timeouts?: ConnectionTimeouts;
}

/** An HTTPS server for `handler`, which serves `certificates` as they change; it does not listen yet. */
export function createSecureServer(
  certificates: ServedCertificates,
  handler: RequestHandler,
  {
    challenge = () => undefined,
    timeouts: { timeout, handshakeTimeout, ...timeouts } = usualTimeouts,
  }: SecureServerOptions = {},
) {
  const server = createServer(timeouts, handler);
  server.setTimeout(timeout);
  server.maxConnections = maxConnections;
  // Node asks nobody for the certificate of a client that names no server: such a client gets the one that its TLS
  // server was made with. So there is one for each that it may get, and the address it came to says which.
  const handshakes = () => {
    const { inForce } = certificates;
    const { own, trusted } = inForce;
    const create = (unnamed: Served) =>
      createHandshakes(unnamed, inForce, certificates, { challenge, handshakeTimeout, server });
    const [withOwn, withTrusted] = [create(own), trusted && create(trusted)];
    return ({ localAddress: address = '' }: Socket) =>
      certificates.choose(inForce, { name: undefined, address }) === own ? withOwn : (withTrusted ?? withOwn);
  };
  let handshakeOn = handshakes();
  certificates.onChange = () => {
    handshakeOn = handshakes();
  };
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => handshakeOn(socket).emit('connection', socket));
  return server;
}

/** Answers what Node's parser could not read, in OpenAI's way like every other error. */
export function answerMalformedRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(errorBody(fault('malformed_request', {})));
  const status = statusOf(error.code);
  const headers = `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}`;
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n${headers}\r\n\r\n${body}`);
}

function statusOf(code: string | undefined): string {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return '408 Request Timeout';
  return code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
}
