import { readGatewayGroup } from '../../../bootstrap/current.ts';
import { readText, writeWhole } from '../../../bootstrap/files.ts';
import { type Identity, joinIdentity, leafOf } from '../../../certificates/identity.ts';
import { failure, OnePilotError } from '../../../errors/catalogue.ts';
import type { CommandWorld, Result } from '../command.ts';
import { done } from '../exit-codes.ts';
import { asText } from '../text.ts';
import { describe } from './description.ts';
import type { Known } from './known.ts';
import { momentText } from './moments.ts';

/**
 * Has the own CA sign another certificate with another key for the same names, and the gateway take it up. The
 * agent does that by itself in time; this is for when a key may have been seen. The CA stays.
 * @throws COMMAND_RENEW_WITHOUT_CA, GATEWAY_RELOAD_REFUSED
 */
export async function renewOwn({ own }: Pick<Known, 'own'>, world: CommandWorld): Promise<Result> {
  const { paths, now } = world;
  const authority = await readAuthority(world);
  if (!own || !authority) throw failure('COMMAND_RENEW_WITHOUT_CA', {});
  const { makeLeaf } = await import('../../../certificates/own-ca/issue.ts');
  const identity = await makeLeaf(authority, describe(own.leaf), now());
  const gid = await readGatewayGroup(paths.groups);
  const content = joinIdentity(identity);
  await writeWhole({ path: paths.ownIdentity, content, mode: 0o640, uid: 0, gid, readBy: [] });
  const served = await reload(world);
  const renewed = describe(leafOf(identity) ?? own.leaf);
  return {
    code: done,
    text: asText([
      `The own CA signed another certificate; it is good until ${momentText(new Date(renewed.notAfter), now())}.`,
      'The CA is the same: no client need do anything.',
    ]),
    json: { renewed: true, source: 'own-ca', certificate: renewed, served },
    notes: served ? [] : ['The gateway does not answer; it serves that certificate when it starts.'],
  };
}

/** @returns whether the gateway runs, and so serves the certificate */
async function reload(world: CommandWorld): Promise<boolean> {
  try {
    await world.reloadGateway();
    return true;
  } catch (error) {
    if (error instanceof OnePilotError && error.code === 'GATEWAY_CONTROL_UNREACHABLE') return false;
    throw error;
  }
}

async function readAuthority({ paths }: CommandWorld): Promise<Identity | undefined> {
  const [certificate, key] = await Promise.all([
    readText(paths.authorityCertificate),
    readText(paths.authorityKey),
  ]);
  if (certificate === undefined || key === undefined) return undefined;
  return leafOf({ certificate, key }) && { certificate, key };
}
