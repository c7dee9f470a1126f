import type { Appliance } from '../vm/boot.ts';
import type { RuleResult } from './audit.ts';
import { listCommand, parseSockets, strangeSockets } from './listening.ts';
import { readPolicy } from './policy.ts';

/** Asks a running appliance which sockets wait for others. */
export async function auditListening({ ssh }: Pick<Appliance, 'ssh'>): Promise<RuleResult> {
  const start = Date.now();
  const findings = strangeSockets(parseSockets(await ssh(listCommand)), await readPolicy());
  return {
    name: 'listening',
    about: 'booted, it listens on the stated ports alone',
    findings,
    ms: Date.now() - start,
  };
}
