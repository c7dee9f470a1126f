import { writeFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { connect, type TLSSocket } from 'node:tls';
import { joinIdentity } from '../../../src/certificates/identity.ts';
import { lifetimes } from '../../../src/certificates/own-ca/decide.ts';
import { makeAuthority, makeLeaf } from '../../../src/certificates/own-ca/issue.ts';

/** Milliseconds for which `makeLeaf` makes certificates. */
export const leafLifetime = lifetimes.leaf.days * 24 * 60 * 60 * 1000;

/** A CA like those that others trust, made for a test. */
export interface OtherAuthority {
  readonly ca: string;
  /** Writes a certificate of it, with its key, to `path`. @param now When it is made. */
  write(path: string, names: readonly string[], addresses?: readonly string[], now?: Date): Promise<string>;
}

export async function otherAuthority(): Promise<OtherAuthority> {
  const authority = await makeAuthority('others', new Date());
  return {
    ca: authority.certificate,
    async write(path, names, addresses = [], now = new Date()) {
      await writeFile(path, joinIdentity(await makeLeaf(authority, { names, addresses }, now)));
      return path;
    },
  };
}

/** Whatever is served is looked at, trusted or not. */
export function handshake(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options }, () =>
    resolve(socket),
  );
  socket.once('error', reject);
  return promise;
}

/** The fingerprint of what is served to a client that names `servername`, or no server. */
export async function shownTo(port: number, servername?: string, options: ConnectionOptions = {}) {
  const socket = await handshake(port, { ...(servername !== undefined && { servername }), ...options });
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}
