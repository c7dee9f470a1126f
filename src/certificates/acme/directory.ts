import * as z from 'zod';
import { failure } from '../../errors/catalogue.ts';
import { AcmeProblem } from './problem.ts';
import type { Transport } from './transport.ts';
import type { Identifier } from './wanted.ts';

const address = z.url({ protocol: /^https$/ });

/** RFC 8555, section 7.1.1: what a certificate needs of it. */
const Directory = z.looseObject({
  newNonce: address,
  newAccount: address,
  newOrder: address,
  /** RFC 9773, section 4.1. */
  renewalInfo: address.optional().catch(undefined),
  meta: z
    .looseObject({
      externalAccountRequired: z.boolean().optional().catch(undefined),
      /** draft-ietf-acme-profiles, section 3: names and what they mean. */
      profiles: z.record(z.string(), z.unknown()).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});
export type Directory = z.infer<typeof Directory>;

/**
 * Reads the directory of an ACME server.
 * @throws ACME_DIRECTORY_WRONG; NoAnswer and AcmeProblem of the transport
 */
export async function readDirectory(url: string, transport: Transport): Promise<Directory> {
  if (!address.safeParse(url).success) throw wrong(url, 'it is no https address');
  const ask = () => transport.send({ url, method: 'GET', headers: {} });
  const answer = await transport.repeat(ask).catch((error: unknown) => {
    // A problem of ACME's comes from an ACME server; any other page that is not there comes from anybody.
    const isOther =
      error instanceof AcmeProblem && error.type === '' && [401, 403, 404, 410].includes(error.status ?? 0);
    throw isOther ? wrong(url, `it was answered with status ${error.status}`) : error;
  });
  if (answer.status !== 200) throw wrong(url, `it was answered with status ${answer.status}`);
  try {
    return Directory.parse(JSON.parse(answer.body));
  } catch {
    throw wrong(url, 'what is there does not say where accounts and orders are made');
  }
}

/**
 * The profile to ask for; undefined for the server's own choice.
 * @param wanted The admin's; otherwise `shortlived` for addresses, without which public CAs certify none.
 */
export function profileFor(
  directory: Directory,
  identifiers: readonly Identifier[],
  wanted?: string,
): string | undefined {
  const profile = wanted ?? (identifiers.some(({ type }) => type === 'ip') ? 'shortlived' : undefined);
  const offered = Object.keys(directory.meta?.profiles ?? {});
  return profile !== undefined && offered.includes(profile) ? profile : undefined;
}

function wrong(directory: string, reason: string) {
  return failure('ACME_DIRECTORY_WRONG', { directory, reason });
}
