import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect, type SecureVersion } from 'node:tls';

/** Whom a handshake is tried with, and how. */
export interface HandshakeOptions {
  readonly host: string;
  readonly port: number;
  /** The name asked for (SNI); with an address or nothing, none is, as clients do (RFC 6066, section 3). */
  readonly name?: string | undefined;
  /** The only version offered; otherwise whatever Node offers. */
  readonly version?: SecureVersion;
  /** Certificates of CAs, in PEM, to judge the chain by. */
  readonly roots?: readonly string[];
}

/** What the server showed. */
export interface Handshake {
  readonly version: string;
  readonly cipher: string;
  readonly certificate: X509Certificate;
  /** OpenSSL's code for why the chain does not lead to the roots in good order; undefined when it does. */
  readonly distrust: string | undefined;
}

/** Milliseconds; the gateway is on this machine. */
const patience = 5_000;

/** Shakes hands and leaves. Throws the error of socket or OpenSSL where that fails. */
export function handshake({ host, port, name = '', version, roots }: HandshakeOptions): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      servername: isIP(name) > 0 ? '' : name,
      ALPNProtocols: ['http/1.1'],
      ...(version && { minVersion: version, maxVersion: version }),
      ...(roots && { ca: [...roots] }),
      // What is shown is to be judged, whatever it is.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    socket.setTimeout(patience, () => socket.destroy(new Error('there was no answer in time')));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the connection was closed')));
    socket.on('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      const { authorizationError } = socket;
      if (certificate) {
        resolve({
          version: socket.getProtocol() ?? 'unknown',
          cipher: socket.getCipher().standardName,
          certificate,
          distrust: socket.authorized ? undefined : String(authorizationError),
        });
      }
      socket.destroy();
    });
  });
}
