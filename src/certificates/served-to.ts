import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { canonicalAddress } from '../network/address.ts';

/** How a connection came about, as far as its server sees. */
export interface Arrival {
  /** The server that the client names (SNI); those that were given an address name none (RFC 6066, section 3). */
  readonly name: string | undefined;
  /** The address of this machine that it leads to, as sockets write it. */
  readonly address: string;
}

/**
 * Whether a client gets `certificate`, the one that others trust, and not the own CA's. Pure.
 * @param machine Addresses of this machine, without those for itself alone.
 */
export function isServedTo(
  certificate: X509Certificate,
  { name, address }: Arrival,
  machine: readonly string[],
): boolean {
  return name === undefined ? isServedAt(certificate, address, machine) : isFor(certificate, name);
}

/**
 * Whether clients get `certificate` that were given an address and came to `address`. If it is for another address of
 * this machine, they were given one that it is not for. If it is for none, it may be for one that is translated to
 * this, and that is taken to be so: nobody can tell here which address the client was given.
 */
function isServedAt(certificate: X509Certificate, address: string, machine: readonly string[]): boolean {
  const here = plainAddress(address);
  const family = isIP(here);
  const certified = addressesOf(certificate).filter((each) => isIP(each) === family);
  if (certified.includes(here)) return true;
  if (certified.length === 0 || isLoopback(here)) return false;
  return !machine.some((each) => certified.includes(canonicalAddress(each)));
}

/** Whether clients that ask for `host`, a name or an address, accept `certificate`, by its subjectAltName alone (RFC 9525). */
export function isFor(certificate: X509Certificate, host: string): boolean {
  try {
    if (isIP(host) > 0) return certificate.checkIP(host) !== undefined;
    return certificate.checkHost(host, { subject: 'never', partialWildcards: false }) !== undefined;
  } catch {
    // Strangers may send anything: OpenSSL takes an address with a zone, say, for neither.
    return false;
  }
}

/** The addresses that `certificate` is for, each in one way of writing. */
export function addressesOf({ subjectAltName = '' }: X509Certificate): string[] {
  return subjectAltName
    .split(', ')
    .filter((entry) => entry.startsWith('IP Address:'))
    .map((entry) => canonicalAddress(entry.slice('IP Address:'.length)));
}

/** As certificates have it: a socket for both families writes IPv4 within IPv6, and the interface of link-local ones. */
function plainAddress(address: string): string {
  const [bare = ''] = address.split('%');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  return mapped ?? canonicalAddress(bare);
}

/** Nothing from outside is ever translated to these. */
function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
