import { X509Certificate } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { Identity } from '../certificates/identity.ts';
import { errorBody } from './dialects/openai.ts';
import { fault } from './fault.ts';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Mozilla's "intermediate" profile, version 5.7 (https://wiki.mozilla.org/Security/Server_Side_TLS), without
 * finite-field Diffie-Hellman: no client that speaks TLS 1.2 with this profile needs it.
 */
const tls = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
  ecdhCurve: 'X25519:prime256v1:secp384r1',
  honorCipherOrder: false,
  ALPNProtocols: ['http/1.1'],
} as const;

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

/** Throws when OpenSSL would not serve it. */
export function checkCertificate({ certificate, key }: Identity): void {
  createSecureContext({ ...tls, cert: certificate, key });
}

/** When the certificate ends, in milliseconds since 1970. */
export function expiryOf({ certificate }: Pick<Identity, 'certificate'>): number {
  return Date.parse(new X509Certificate(certificate).validTo);
}

/** An HTTPS server for `handler`; it does not listen yet. Check the certificate before. */
export function createSecureServer(
  { certificate, key }: Identity,
  handler: RequestHandler,
  { timeout, ...timeouts }: ConnectionTimeouts = usualTimeouts,
) {
  const server = createServer({ ...tls, ...timeouts, cert: certificate, key }, handler);
  server.setTimeout(timeout);
  server.maxConnections = maxConnections;
  return server;
}

/** Serves a renewed certificate, which `checkCertificate` found good, to new connections. */
export function replaceCertificate(
  server: Server | ReturnType<typeof createServer>,
  { certificate, key }: Identity,
) {
  if ('setSecureContext' in server) server.setSecureContext({ ...tls, cert: certificate, key });
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
