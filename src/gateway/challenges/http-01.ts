import { join } from 'node:path';
import { readSmallFile } from './small-file.ts';

/** RFC 8555, section 8.3: base64url; CAs make 22 characters or more of it, and none this many. */
const tokenForm = /^[A-Za-z0-9_-]{1,256}$/;

/** RFC 8555, section 8.1: the token and the SHA-256 thumbprint of the account's key. */
const authorizationForm = /^[A-Za-z0-9_-]{1,256}\.[A-Za-z0-9_-]{43}$/;

/**
 * The key authorization that the CA asks for with `token`; undefined when there is none. What has another form is not
 * shown, whoever put it there.
 * @param directory `challengeDirectory` (machine/paths.ts).
 */
export function httpChallenge(directory: string, token: string): string | undefined {
  if (!tokenForm.test(token)) return undefined;
  const text = readSmallFile(join(directory, 'http-01', token), 512)?.trim();
  return text?.startsWith(`${token}.`) && authorizationForm.test(text) ? text : undefined;
}
