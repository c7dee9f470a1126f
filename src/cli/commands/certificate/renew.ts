import { certificateMode } from '../../../certificates/mode.ts';
import { failure } from '../../../errors/catalogue.ts';
import type { Call, Result } from '../command.ts';
import { readKnown } from './known.ts';
import { renewByAcme } from './renew-acme.ts';
import { renewOwn } from './renew-own.ts';

/**
 * `onepilot certificate renew`: at the ACME CA where one is asked, else by the own CA.
 * @throws COMMAND_RENEW_PROVIDED, COMMAND_RENEW_STOPPED, COMMAND_RENEW_WITHOUT_CA, GATEWAY_RELOAD_REFUSED
 */
export async function renewCertificate({ world }: Pick<Call, 'world'>): Promise<Result> {
  const known = await readKnown(world);
  const { settings, trusted, wanted } = known;
  if (wanted) return renewByAcme(wanted, world);
  const meant = settings && certificateMode(settings);
  if (meant === 'provided' || trusted?.source === 'provided') throw failure('COMMAND_RENEW_PROVIDED', {});
  const renewed = await renewOwn(known, world);
  if (meant !== 'acme') return renewed;
  const note = 'The context wants one of an ACME CA, but the agent has none asked. See: onepilot status';
  return { ...renewed, notes: [...(renewed.notes ?? []), note] };
}
