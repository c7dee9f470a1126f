import { webcrypto } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** Days; whoever needs it longer wants an appliance. */
const lifetimeDays = 30;

/** Paths as `GatewayConfiguration` wants them; the certificate is its own authority. */
export interface ThrowawayCertificate {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
}

/** Writes a self-signed certificate for this machine, and its key, into `directory`. */
export async function writeThrowawayCertificate(directory: string): Promise<ThrowawayCertificate> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const now = Date.now();
  const generated = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=OnePilot on this machine only',
      notBefore: new Date(now - 60_000),
      notAfter: new Date(now + lifetimeDays * 86_400_000),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new SubjectAlternativeNameExtension([
          { type: 'dns', value: 'localhost' },
          { type: 'ip', value: '127.0.0.1' },
          { type: 'ip', value: '::1' },
        ]),
      ],
    },
    webcrypto,
  );
  const certificate = join(directory, 'server.crt');
  const key = join(directory, 'server.key');
  const exported = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  await writeFile(certificate, generated.toString('pem'));
  await writeFile(key, PemConverter.encode(exported, 'PRIVATE KEY'), { mode: 0o600 });
  return { certificate, key, authority: certificate };
}
