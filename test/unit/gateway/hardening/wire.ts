import { authorization } from '../support.ts';

/** A request that is wrong in some way, as it goes over the wire. */
export interface MalformedRequest {
  readonly kind: string;
  /** Where it goes, as far as that can be read. */
  readonly path: string;
  readonly bytes: Buffer;
  /** Whether more is announced than comes. */
  readonly unfinished?: boolean;
}

/** Bytes that the gateway under test takes as a body; further ones are too many. */
export const bodyLimit = 64 * 1024;

const usualHead = `host: x\r\nconnection: close\r\nauthorization: ${authorization}\r\n`;

export interface Wire {
  readonly method?: string;
  readonly head?: string;
  readonly body?: Buffer;
}

/** A request for `path` with a key that is good. */
export function wire(path: string, { method = 'POST', head = '', body = Buffer.alloc(0) }: Wire): Buffer {
  const length = /content-length|transfer-encoding/i.test(head) ? '' : `content-length: ${body.length}\r\n`;
  return Buffer.concat([
    Buffer.from(`${method} ${path} HTTP/1.1\r\n${usualHead}${length}${head}\r\n`, 'latin1'),
    body,
  ]);
}
