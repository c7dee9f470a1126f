import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { Identity } from '../certificates/identity.ts';
import type { ServedCertificates } from './certificates/served-certificates.ts';
import { tlsSettings } from './certificates/tls-settings.ts';
import { challengeProtocol } from './challenges/tls-alpn-01.ts';
import { errorBody } from './dialects/openai.ts';
import { fault } from './fault.ts';

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

const http = 'http/1.1';

/** Milliseconds until a CA that does not close its end is left. */
const challengeLinger = 5000;

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
    timeouts: { timeout, ...timeouts } = usualTimeouts,
  }: SecureServerOptions = {},
) {
  const challenged = new WeakMap<TLSSocket, SecureContext>();
  const server = createServer(
    {
      ...tlsSettings,
      ...timeouts,
      ...pem(certificates.unnamed),
      SNICallback(this: TLSSocket, servername, done) {
        done(null, challenged.get(this) ?? certificates.contextFor(servername));
      },
      ALPNCallback(this: TLSSocket, { servername, protocols }) {
        if (protocols.includes(http)) return http;
        if (protocols.join() !== challengeProtocol) return undefined;
        // Node gives `false` where the client names no server.
        const context = usable(challenge(servername || ''));
        if (!context) return undefined;
        // OpenSSL asks for the protocol before the certificate in TLS 1.3, so SNICallback, which comes after, must say
        // the same; in TLS 1.2 after it, where only a key of the same type can still replace the one chosen.
        challenged.set(this, context);
        this.setKeyCert(context);
        return challengeProtocol;
      },
    },
    handler,
  );
  server.setTimeout(timeout);
  server.maxConnections = maxConnections;
  certificates.onChange = () => server.setSecureContext({ ...tlsSettings, ...pem(certificates.unnamed) });
  closeChallenged(server, certificates);
  return server;
}

/**
 * Keeps HTTP away from connections that a CA made for its challenge (RFC 8737, section 3). Node's own listener would
 * read requests from what is closed already.
 */
function closeChallenged(server: Server, certificates: ServedCertificates): void {
  const listeners = server.listeners('secureConnection');
  server.removeAllListeners('secureConnection');
  server.on('secureConnection', (socket: TLSSocket) => {
    if (socket.alpnProtocol === challengeProtocol) {
      socket
        .on('error', () => {})
        .resume()
        .end();
      setTimeout(() => socket.destroy(), challengeLinger).unref();
      return;
    }
    certificates.note(socket);
    for (const listener of listeners) listener.call(server, socket);
  });
}

/** What is thrown in ALPNCallback would end the process. */
function usable(identity: Identity | undefined): SecureContext | undefined {
  try {
    return identity && createSecureContext({ ...tlsSettings, ...pem(identity) });
  } catch {
    return undefined;
  }
}

function pem({ certificate, key }: Identity): { cert: string; key: string } {
  return { cert: certificate, key };
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
