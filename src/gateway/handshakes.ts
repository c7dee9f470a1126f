import { createSecureContext, createServer, type SecureContext, type Server, type TLSSocket } from 'node:tls';
import type { Identity } from '../certificates/identity.ts';
import type { CertificatesInForce, Served, ServedCertificates } from './certificates/served-certificates.ts';
import { tlsSettings } from './certificates/tls-settings.ts';
import { challengeProtocol } from './challenges/tls-alpn-01.ts';

/** Where handshakes end, and what they need beside certificates. */
export interface HandshakeOptions {
  /** What the CA is shown for a server name (challenges/tls-alpn-01.ts). */
  readonly challenge: (servername: string) => Identity | undefined;
  /** Milliseconds. */
  readonly handshakeTimeout: number;
  /** Takes the connections, as `secureConnection`, and what has failed, as `tlsClientError`. */
  readonly server: Server;
}

const http = 'http/1.1';

/** Milliseconds until a CA that does not close its end is left. */
const challengeLinger = 5000;

/**
 * Shakes hands on the connections that it is given as `connection`; it never listens. Whom it shows what depends on
 * nothing that changes, so what was shown on a connection is known also where a session is taken up again.
 * @param unnamed What clients get that name no server.
 */
export function createHandshakes(
  unnamed: Served,
  inForce: CertificatesInForce,
  certificates: ServedCertificates,
  { challenge, handshakeTimeout, server }: HandshakeOptions,
): Server {
  const challenged = new WeakMap<TLSSocket, SecureContext>();
  const chosenFor = (name: string) => certificates.choose(inForce, { name, address: '' });
  return createServer({
    ...tlsSettings,
    ...pem(unnamed.identity),
    handshakeTimeout,
    SNICallback(this: TLSSocket, servername, done) {
      done(null, challenged.get(this) ?? chosenFor(servername).context);
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
  })
    .on('secureConnection', (socket) => {
      if (socket.alpnProtocol === challengeProtocol) {
        closeChallenged(socket);
        return;
      }
      const shown = socket.servername ? chosenFor(socket.servername) : unnamed;
      if (shown === inForce.trusted) certificates.noteTrusted(socket);
      server.emit('secureConnection', socket);
    })
    .on('tlsClientError', (error, socket) => server.emit('tlsClientError', error, socket));
}

/** Keeps HTTP away from a connection that a CA made for its challenge (RFC 8737, section 3). */
function closeChallenged(socket: TLSSocket): void {
  socket
    .on('error', () => {})
    .resume()
    .end();
  setTimeout(() => socket.destroy(), challengeLinger).unref();
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
