import { createHash } from 'node:crypto';

/** Bytes of a hash that a number of JavaScript holds exactly. */
const bytes = 6;

/**
 * A number of at least 0 and below 1 that is always the same for the same texts and otherwise as good as drawn: what
 * is spread by it falls differently on each certificate, and a second look at the same one changes nothing.
 */
export function fractionOf(...texts: readonly string[]): number {
  const hash = createHash('sha256').update(texts.join('\0')).digest();
  return hash.readUIntBE(0, bytes) / 2 ** (8 * bytes);
}
