import type { RawValues } from '../context/context-sh.ts';
import { asProblem, given } from '../context/parse.ts';
import { failure } from '../errors/catalogue.ts';
import type { ContextProblem } from '../gateway/configuration.ts';

/** Linux keeps 64 bytes (`HOST_NAME_MAX`). */
const longestHostname = 64;

/**
 * The host name the context sets. Templates pass the VM's name, which may hold anything: what is no host
 * name (RFC 1123) becomes hyphens, as one-context does, and a warning tells.
 */
export function parseHostname(values: RawValues): {
  hostname: string | undefined;
  warnings: ContextProblem[];
} {
  const wanted = given(values, 'SET_HOSTNAME');
  if (wanted === undefined) return { hostname: undefined, warnings: [] };
  const used =
    wanted
      .replace(/[^A-Za-z0-9.-]+/g, '-')
      .slice(0, longestHostname)
      .split('.')
      .map((label) => label.slice(0, 63).replace(/^-+|-+$/g, ''))
      .filter((label) => label)
      .join('.') || 'onepilot';
  if (used === wanted) return { hostname: used, warnings: [] };
  const warning = asProblem(failure('CONTEXT_HOSTNAME_CHANGED', { used }), 'SET_HOSTNAME');
  return { hostname: used, warnings: [warning] };
}

/** `/etc/hosts` with `hostname` (and its first label) at 127.0.1.1, as Debian has it; other lines stay. */
export function hostsWith(current: string, hostname: string): string {
  const short = hostname.split('.')[0] ?? hostname;
  const own = `127.0.1.1 ${short === hostname ? hostname : `${hostname} ${short}`}`;
  const lines = current.replace(/\n*$/, '').split('\n');
  const place = lines.findIndex((line) => /^127\.0\.1\.1\s/.test(line));
  if (place < 0) lines.splice(1, 0, own);
  else lines[place] = own;
  return `${lines.join('\n')}\n`;
}

const keyLine =
  /^(?:[^#\s]\S*\s+)?(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-nistp(?:256|384|521)|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)\s+AAAA[A-Za-z0-9+/]+={0,3}(?:\s.*)?$/;

/**
 * `authorized_keys` from SSH_PUBLIC_KEY, one key on each line (options may hold no spaces); undefined when the context
 * gives no key at all, so that the keys already there stay.
 */
export function parseSshKeys(values: RawValues): { content: string | undefined; warnings: ContextProblem[] } {
  const warnings: ContextProblem[] = [];
  const lines = (given(values, 'SSH_PUBLIC_KEY') ?? '').split('\n').map((line) => line.trim());
  const keys = lines.filter((line, index) => {
    if (!line || line.startsWith('#')) return false;
    if (keyLine.test(line)) return true;
    warnings.push(asProblem(failure('CONTEXT_BAD_SSH_KEY', { line: index + 1 }), 'SSH_PUBLIC_KEY'));
    return false;
  });
  return { content: keys.length > 0 ? `${keys.join('\n')}\n` : undefined, warnings };
}
