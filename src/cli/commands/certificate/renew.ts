import { failure } from '../../../errors/catalogue.ts';
import type { Call, Result } from '../command.ts';
import { readKnown } from './known.ts';
import { renewByAcme } from './renew-acme.ts';
import { renewOwn } from './renew-own.ts';

/**
 * `onepilot certificate renew`: at the ACME CA where one is wanted, else by the own CA.
 * @throws COMMAND_RENEW_PROVIDED, COMMAND_RENEW_STOPPED, COMMAND_RENEW_WITHOUT_CA
 */
export async function renewCertificate({ world }: Pick<Call, 'world'>): Promise<Result> {
  const known = await readKnown(world);
  if (known.wanted) return renewByAcme(known.wanted, world);
  if (known.trusted?.source === 'provided') throw failure('COMMAND_RENEW_PROVIDED', {});
  return renewOwn(known, world);
}
