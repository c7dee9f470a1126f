import type { AcmeProblem } from './problem.ts';

/** What was in the way of a challenge, as far as it makes a difference. */
export type ChallengeCause = 'dns' | 'unreachable' | 'elsewhere' | 'tls' | 'other';

/** By the type of the problem, as RFC 8555, section 6.7 has it and Let's Encrypt says it. */
const byType: Readonly<Record<string, ChallengeCause>> = {
  dns: 'dns',
  connection: 'unreachable',
  unauthorized: 'elsewhere',
  incorrectResponse: 'elsewhere',
  tls: 'tls',
};

/** What is said about a name without an address, whatever the type: Pebble and step-ca use others for it. */
const noAddress = /could not resolve|no such host|server misbehaving|NXDOMAIN|SERVFAIL|No valid IP/i;

/** Pebble's type for it is `unauthorized` (va.go, validateTLSALPN01). */
const noConnection = /^failed to connect/i;

export function causeOf({ type, detail }: AcmeProblem): ChallengeCause {
  if (type in byType || type === 'malformed') {
    if (noAddress.test(detail)) return 'dns';
    if (noConnection.test(detail)) return 'unreachable';
  }
  return byType[type] ?? 'other';
}
