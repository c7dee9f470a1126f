import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeThrowawayCertificate } from '../../scripts/support/throwaway-certificate.ts';
import { type Gateway, startGateway } from '../../src/gateway/start.ts';
import { testssl } from '../support/testssl.ts';
import { configurationWith } from '../unit/gateway/support.ts';

const name = 'copilot.example';

/** Milliseconds; testssl.sh starts openssl some hundred times. */
const patience = 600_000;

/** Protocols, ciphers, forward secrecy, preference, certificates and chain, headers, known attacks. */
const everything = ['-p', '-s', '-f', '-P', '-S', '-h', '-U'];

let directory: string;
let tls: { own: string; trusted: string; authority: string };
let gateway: Gateway;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'served-tls-'));
  const own = await writeThrowawayCertificate(directory);
  tls = { ...own, trusted: await writeChain() };
  gateway = await startGateway({
    configuration: async () => configurationWith({ tls, hsts: 31_536_000 }),
    listen: { host: '127.0.0.1', port: 0 },
  });
});
afterAll(async () => {
  await gateway?.close();
  await rm(directory, { recursive: true, force: true });
});

const at = (file: string) => join(directory, file);
const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: directory, stdio: 'pipe' });
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** A root, one between, and a certificate for `name`, as a public CA has them. @returns Path of key and chain. */
async function writeChain(): Promise<string> {
  const root = ['-x509', ...newKey, '-days', '3650', '-subj', '/O=Others/CN=Root'];
  openssl('req', ...root, '-keyout', 'root.key', '-out', 'root.crt');
  await writeFile(
    at('ca.ext'),
    'basicConstraints=critical,CA:true,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n',
  );
  const leafUse = 'keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n';
  await writeFile(
    at('leaf.ext'),
    `basicConstraints=critical,CA:false\n${leafUse}subjectAltName=DNS:${name}\n`,
  );
  const sign = (what: string, subject: string, extensions: string, by: string) => {
    openssl('req', ...newKey, '-subj', subject, '-keyout', `${what}.key`, '-out', `${what}.csr`);
    const signer = ['-CA', `${by}.crt`, '-CAkey', `${by}.key`, '-CAcreateserial', '-extfile', extensions];
    openssl('x509', '-req', '-in', `${what}.csr`, '-days', '80', '-sha256', ...signer, '-out', `${what}.crt`);
  };
  sign('between', '/O=Others/CN=Between', 'ca.ext', 'root');
  sign('leaf', `/CN=${name}`, 'leaf.ext', 'between');
  const parts = ['leaf.key', 'leaf.crt', 'between.crt'].map((file) => readFile(at(file), 'utf8'));
  await writeFile(at('trusted.pem'), (await Promise.all(parts)).join(''));
  return at('trusted.pem');
}

/** Findings that are no weakness here, and why. */
const alwaysSo = {
  cipher_order: 'Mozilla’s intermediate profile leaves the choice to the client: none of the ciphers is weak',
  cert_revocation:
    'neither CAs made for one machine nor those of tests can be asked; short lifetimes stand for it',
} as const;

const ofOwn = {
  ...alwaysSo,
  cert_expirationStatus: 'it is made for 30 days, and anew 10 days before their end',
  cert_notAfter: 'the same',
  HSTS: 'falling back to the own CA must not lock browsers out',
} as const;

const foundBesides = (found: readonly { readonly id: string }[], reasons: object) =>
  found.filter(({ id }) => !(id in reasons));

describe('testssl.sh finds no weakness', () => {
  it(
    'where the own CA’s certificate is served, and trusts it once it is given that CA',
    async () => {
      const target = { name: 'localhost', port: gateway.port, authority: tls.authority, directory };
      const { all, wrong } = await testssl(target, everything);
      expect(foundBesides(wrong, ofOwn)).toEqual([]);
      expect(all).toContainEqual(expect.objectContaining({ id: 'cert_chain_of_trust', severity: 'OK' }));
      expect(all).toContainEqual(expect.objectContaining({ id: 'TLS1_3', severity: 'OK' }));
      expect(all).toContainEqual(expect.objectContaining({ id: 'secure_client_renego', severity: 'OK' }));
    },
    patience,
  );

  it(
    'where a certificate is served that others trust, by way of one between',
    async () => {
      const target = { name, port: gateway.port, authority: at('root.crt'), directory };
      // Settings and ciphers are those of the server, whatever the certificate.
      const { all, wrong } = await testssl(target, ['-p', '-S', '-h']);
      expect(foundBesides(wrong, alwaysSo)).toEqual([]);
      expect(all).toContainEqual(expect.objectContaining({ id: 'cert_chain_of_trust', severity: 'OK' }));
      expect(all).toContainEqual(expect.objectContaining({ id: 'HSTS_time', severity: 'OK' }));
    },
    patience,
  );

  it(
    'but does in a chain without the one between',
    async () => {
      const parts = ['leaf.key', 'leaf.crt'].map((file) => readFile(at(file), 'utf8'));
      await writeFile(tls.trusted, (await Promise.all(parts)).join(''));
      await gateway.reload();
      const target = { name, port: gateway.port, authority: at('root.crt'), directory };
      const { wrong } = await testssl(target, ['-S']);
      expect(wrong).toContainEqual(
        expect.objectContaining({ id: 'cert_chain_of_trust', severity: 'CRITICAL' }),
      );
    },
    patience,
  );
});
