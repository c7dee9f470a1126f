import { join } from 'node:path';
import { type Identity, splitIdentity } from '../../certificates/identity.ts';
import { readSmallFile } from './small-file.ts';

/** What the CA offers, and nothing else (RFC 8737, section 3). */
export const challengeProtocol = 'acme-tls/1';

/** Host names, those that stand for addresses included (RFC 8738, section 6): no slash, no empty label. */
const serverNameForm = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*$/;

/**
 * The certificate that proves to the CA that `servername` is served here; undefined when it asked for none.
 * @param directory `challengeDirectory` (machine/paths.ts).
 */
export function tlsChallenge(directory: string, servername: string): Identity | undefined {
  const name = servername.toLowerCase();
  if (!serverNameForm.test(name)) return undefined;
  return splitIdentity(readSmallFile(join(directory, 'tls-alpn-01', `${name}.pem`), 32_768));
}
