import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Paths as `GatewayConfiguration` wants them; the certificate is its own authority. */
export interface ThrowawayCertificate {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
}

/**
 * Writes a self-signed certificate for this machine, good for 30 days, and its key (0600) into `directory`.
 * Needs the `openssl` command. For development and tests: the appliance has an authority of its own.
 */
export async function writeThrowawayCertificate(directory: string): Promise<ThrowawayCertificate> {
  const certificate = join(directory, 'server.crt');
  const key = join(directory, 'server.key');
  const subject = ['-subj', '/CN=OnePilot on this machine only'];
  const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1'];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key];
  await run('openssl', ['req', '-x509', ...newKey, '-out', certificate, '-days', '30', ...subject, ...names]);
  return { certificate, key, authority: certificate };
}
