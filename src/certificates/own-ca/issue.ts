import { randomBytes, webcrypto } from 'node:crypto';
import type { Identity } from '../identity.ts';
import { lifetimes, type Subjects } from './decide.ts';
import { x509 } from './x509.ts';

const curve = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signature = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** Milliseconds by which certificates start in the past, for clients whose clocks are slow. */
const backdated = 60 * 60 * 1000;

/**
 * Makes the CA of this VM. It has no name constraints (RFC 5280, section 4.2.1.10), though it vouches for one machine
 * alone: names and addresses of a VM change, and a CA that had to be made anew each time would have to be trusted anew.
 * What keeps it from vouching for others is that its key never leaves the VM, and that it may sign no other CA.
 * Two VMs' CAs have different names, so that a browser can tell them apart.
 * @param past A moment that is over for certain, whatever the clock says: the CA is valid from then on and for its
 *   full time after it, so that one made while the clock was wrong, ahead or behind, stays good when that is set.
 */
export async function makeAuthority(hostname: string, now: Date, past = now): Promise<Identity> {
  const keys = await webcrypto.subtle.generateKey(curve, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [
      { O: ['OnePilot'] },
      { CN: [commonName(`OnePilot CA ${randomBytes(4).toString('hex')} of ${hostname}`)] },
    ],
    ...validity(
      lifetimes.authority.days,
      Math.min(now.getTime(), past.getTime()),
      Math.max(now.getTime(), past.getTime()),
    ),
    keys,
    signingAlgorithm: signature,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pem(certificate.toString('pem')), key: await exportKey(keys.privateKey) };
}

/** Makes a server certificate with a new key, signed by `authority`; the certificate is the chain served. */
export async function makeLeaf(authority: Identity, subjects: Subjects, now: Date): Promise<Identity> {
  const issuer = new x509.X509Certificate(authority.certificate);
  const signingKey = await importKey(authority.key);
  const keys = await webcrypto.subtle.generateKey(curve, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [commonName(subjects.names[0] ?? 'localhost')] }],
    issuer: issuer.subjectName,
    ...validity(lifetimes.leaf.days, now.getTime(), now.getTime()),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: signature,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...subjects.names.map((value) => ({ type: 'dns', value }) as const),
        ...subjects.addresses.map((value) => ({ type: 'ip', value }) as const),
      ]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  const chain = pem(certificate.toString('pem')) + authority.certificate;
  return { certificate: chain, key: await exportKey(keys.privateKey) };
}

/** 127 random bits in hex; RFC 5280, section 4.1.2.2 wants a positive number of at most 20 bytes. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f || 1;
  return bytes.toString('hex');
}

/** RFC 5280 gives a common name 64 characters at most. */
function commonName(text: string): string {
  return text.slice(0, 64);
}

/** From the first moment, backdated, to so many days after the second one; both in milliseconds since 1970. */
function validity(days: number, from: number, after: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(from - backdated), notAfter: new Date(after + days * 24 * 60 * 60 * 1000) };
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{64}(?=.)/g, '$&\n')}\n-----END PRIVATE KEY-----\n`;
}

function importKey(text: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(text.replace(/-----[A-Z ]+-----/g, ''), 'base64');
  return webcrypto.subtle.importKey('pkcs8', der, curve, false, ['sign']);
}

function pem(text: string): string {
  return `${text.trim()}\n`;
}
