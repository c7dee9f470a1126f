import { isIPv4, isIPv6 } from 'node:net';

const nameForm = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*\.?$/i;

/**
 * The host of a Host header (RFC 9110, section 7.2) without its port, as it can stand in a URL; undefined when there is
 * none, or none that a URL could lead to.
 */
export function hostOf(header: string | undefined): string | undefined {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::\d{0,5})?$/.exec(header ?? '') ?? [];
  if (bracketed !== undefined) {
    return isIPv6(bracketed) && !bracketed.includes('%') ? `[${bracketed}]` : undefined;
  }
  if (plain === undefined) return undefined;
  return isIPv4(plain) || (nameForm.test(plain) && !/^[\d.]+$/.test(plain)) ? plain : undefined;
}
