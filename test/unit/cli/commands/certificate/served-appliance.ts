import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { subjectOf } from '../../../../../src/certificates/acme/subject.ts';
import type { AcmeWanted } from '../../../../../src/certificates/acme/wanted.ts';
import { type Identity, joinIdentity } from '../../../../../src/certificates/identity.ts';
import { makeAuthority, makeLeaf } from '../../../../../src/certificates/own-ca/issue.ts';
import { ServedCertificates } from '../../../../../src/gateway/certificates/served-certificates.ts';
import { createSecureServer } from '../../../../../src/gateway/secure-server.ts';
import { configurationWith } from '../../../gateway/support.ts';
import { readyStatus, TemporaryAppliance } from '../temporary-appliance.ts';

const domain = 'copilot.example.org';
const hour = 60 * 60 * 1000;

/** An appliance with certificates on its disk, and the gateway's own HTTPS server. */
export class ServedAppliance extends TemporaryAppliance {
  override moment = new Date();
  readonly domain = domain;
  #server: Server | undefined;
  #wanted: AcmeWanted | undefined;

  /** The own CA's certificate alone. */
  async withOwn(addresses: readonly string[] = ['10.0.0.5']): Promise<Identity> {
    const authority = await makeAuthority('pilot', this.moment);
    const own = await makeLeaf(
      authority,
      { names: ['pilot', 'localhost'], addresses: ['127.0.0.1', ...addresses] },
      this.moment,
    );
    this.put('/var/lib/onepilot/authority/ca.crt', authority.certificate);
    this.put('/var/lib/onepilot/authority/ca.key', authority.key);
    this.put('/etc/onepilot/tls/own.pem', joinIdentity(own));
    this.put('/run/onepilot/status.json', readyStatus);
    return own;
  }

  /** A certificate of another CA, whose root is in `roots.everywhere`. */
  async withTrusted(names = [domain], addresses: readonly string[] = []): Promise<Identity> {
    const authority = await makeAuthority('public', this.moment);
    const trusted = await makeLeaf(authority, { names, addresses }, this.moment);
    this.roots = { everywhere: [authority.certificate], here: [] };
    this.put('/etc/onepilot/tls/trusted.pem', joinIdentity(trusted));
    return trusted;
  }

  wantsAcme(...identifiers: readonly string[]): void {
    this.#wanted = {
      identifiers: identifiers.map((value) => ({ type: 'dns', value })),
      server: {
        directory: 'https://ca.example.org/directory',
        binding: { keyId: 'kid', key: 'c2VjcmV0LWtleQ' },
      },
      addresses: ['10.0.0.5'],
    };
    this.put('/etc/onepilot/acme.json', this.#wanted);
  }

  record(change: object = {}): void {
    this.put('/var/lib/onepilot-acme/record.json', {
      subject: this.#wanted ? subjectOf(this.#wanted) : '',
      next: this.in(24),
      because: 'retry',
      failures: 0,
      failedChecks: 0,
      staging: false,
      orders: [],
      ...change,
    });
  }

  certificateInRecord(identity: Identity) {
    const { fingerprint256: fingerprint } = new X509Certificate(identity.certificate);
    const certificate = {
      subject: 's',
      issuer: 'Some CA',
      notBefore: this.in(-1),
      notAfter: this.in(90 * 24),
    };
    return { ...certificate, fingerprint, challenge: 'http-01' };
  }

  /** That many hours from now. */
  in(hours: number): string {
    return new Date(this.moment.getTime() + hours * hour).toISOString();
  }

  /** Serves both as the gateway does, by its own code, and leaves its configuration. @param addresses The VM's. */
  async serve(own: Identity, trusted?: Identity, addresses: readonly string[] = []): Promise<void> {
    const tls = { own: 'own.pem', trusted: 'trusted.pem', addresses, authority: 'ca.crt' };
    this.put('/etc/onepilot/gateway.json', configurationWith({ tls }));
    const certificates = new ServedCertificates({ own, ...(trusted && { trusted }), addresses });
    await this.#listen(createSecureServer(certificates, (_, response) => response.end()));
  }

  /** Serves `own` with TLS 1.2 alone. */
  async serveOldTls({ key, certificate: cert }: Identity): Promise<void> {
    await this.#listen(createServer({ key, cert, maxVersion: 'TLSv1.2' }));
  }

  async #listen(server: Server): Promise<void> {
    await once(server.listen(0, '0.0.0.0'), 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('This server has no port.');
    this.gatewayPort = address.port;
    this.#server = server;
  }

  override remove(): void {
    this.#server?.close();
    super.remove();
  }
}
