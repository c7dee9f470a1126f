import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { joinIdentity } from '../../src/certificates/identity.ts';
import { makeAuthority, makeLeaf } from '../../src/certificates/own-ca/issue.ts';

/** Paths as `GatewayConfiguration` wants them. */
export interface ThrowawayCertificate {
  readonly own: string;
  readonly authority: string;
}

/** Writes an authority, which nobody else should trust, and a certificate for this machine into `directory`. */
export async function writeThrowawayCertificate(directory: string): Promise<ThrowawayCertificate> {
  const now = new Date();
  const authority = await makeAuthority('this machine', now);
  const subjects = { names: ['localhost'], addresses: ['127.0.0.1', '::1'] };
  const leaf = await makeLeaf(authority, subjects, now);
  const paths = {
    own: join(directory, 'own.pem'),
    authority: join(directory, 'ca.crt'),
  };
  await writeFile(paths.own, joinIdentity(leaf), { mode: 0o600 });
  await writeFile(paths.authority, authority.certificate);
  return paths;
}
