import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { joinIdentity } from '../../../../../src/certificates/identity.ts';
import { certificatesOf } from '../../../../../src/cli/commands/certificate/description.ts';
import { readyStatus } from '../temporary-appliance.ts';
import { ServedAppliance } from './served-appliance.ts';

let appliance: ServedAppliance;
beforeEach(() => {
  appliance = new ServedAppliance();
});
afterEach(() => appliance.remove());

const problem = { code: 'ACME_DNS', what: 'The name does not resolve.', fix: 'Make a record for it.' };

async function shown(): Promise<string> {
  const { code, stdout } = await appliance.onepilot('certificate', 'status');
  expect(code).toBe(0);
  return stdout.replaceAll(/ +/g, ' ');
}

describe('onepilot certificate status', () => {
  it('shows the own CA’s certificate, its CA, and that the gateway serves it', async () => {
    appliance.context = "ONEAPP_COPILOT_TLS_MODE='own-ca'\n";
    const own = await appliance.withOwn();
    await appliance.serve(own);
    const text = await shown();
    const leaf = new X509Certificate(own.certificate);
    expect(text).toContain('Mode own-ca\nServed the own CA');
    expect(text).toContain('Why The context asks for no other.\n');
    expect(text).toContain('For pilot, localhost, 127.0.0.1, 10.0.0.5\n');
    expect(text).toContain(`SHA-256 ${leaf.fingerprint256}\n`);
    expect(text).toMatch(/Valid until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, in \d+ days\n/);
    expect(text).toContain(`${appliance.root}/var/lib/onepilot/authority/ca.crt`);
    expect(text).toMatch(/asked for no name that of OnePilot CA \w+ of pilot \(OnePilot\), [\dA-F:]+…\n/);
    expect(text).not.toMatch(/ACME:|Problems/);
  });

  it('shows the certificate of an ACME CA first, and what comes next', async () => {
    appliance.context = "ONEAPP_COPILOT_TLS_DOMAIN='copilot.example.org'\n";
    const own = await appliance.withOwn();
    const trusted = await appliance.withTrusted();
    appliance.put('/var/lib/onepilot-acme/certificate.pem', joinIdentity(trusted));
    appliance.wantsAcme(appliance.domain);
    appliance.record({
      next: appliance.in(49),
      because: 'renewal-information',
      certificate: appliance.certificateInRecord(trusted),
      renewalInformation: {
        start: appliance.in(48),
        end: appliance.in(50),
        explanation: 'https://ca.example.org/why',
      },
    });
    await appliance.serve(own, trusted);
    const text = await shown();
    expect(text).toContain("Mode auto, which comes to acme\nServed the ACME CA's certificate for its names");
    expect(text).toContain('Why It is the one that the ACME CA issued.\n');
    expect(text.indexOf('Certificate of an ACME CA:')).toBeLessThan(text.indexOf("this VM's own CA:"));
    expect(text).toContain('Next the renewal, when the CA wants it: ');
    expect(text).toContain('Z, in 2 days\n');
    expect(text).toContain('because of https://ca.example.org/why');
    expect(text).toContain(`asked for ${appliance.domain} that of OnePilot CA`);
    expect(text).not.toContain('Problems');
    expect(text).not.toContain('c2VjcmV0');
  });

  it('tells why the last attempt failed, with what to do', async () => {
    const own = await appliance.withOwn();
    appliance.wantsAcme(appliance.domain);
    const lastFailure = { at: appliance.in(-3), stage: 'order', problem };
    appliance.record({ failures: 3, lastFailure, staging: true, notBefore: appliance.in(5) });
    await appliance.serve(own);
    const text = await shown();
    expect(text).toContain(
      'Last failure, 3 hours ago, at the CA, 3 in a row:\n ACME_DNS\n The name does not',
    );
    expect(text).toContain('Make a record for it.');
    expect(text).toContain('Next another attempt, at the staging server first: ');
    expect(text).toContain('in 5 hours: the CA wants no order earlier');
    expect(text).toContain("Served the own CA's certificate\nWhy The ACME CA has issued none");
  });

  it('tells nothing of what was tried for another wish', async () => {
    await appliance.serve(await appliance.withOwn());
    appliance.wantsAcme('earlier.example.org');
    appliance.record({ failures: 3, lastFailure: { at: appliance.in(-3), stage: 'order', problem } });
    appliance.wantsAcme(appliance.domain);
    const text = await shown();
    expect(text).toContain('Next the first order, within minutes\n');
    expect(text).not.toContain('ACME_DNS');
  });

  it('says when the gateway shows another certificate than it was told to', async () => {
    const own = await appliance.withOwn();
    await appliance.withTrusted();
    await appliance.serve(own);
    const text = await shown();
    expect(text).toContain('NOT what it was told to');
    expect(text).toContain('CERTIFICATE_NOT_SERVED');
    const { stdout } = await appliance.onepilot('certificate', 'status', '--json');
    const { gateway, certificates, problems } = JSON.parse(stdout);
    expect(certificates.map(({ source }: { source: string }) => source)).toEqual(['provided', 'own-ca']);
    expect(gateway).toMatchObject([
      { name: appliance.domain, problem: { code: 'CERTIFICATE_NOT_SERVED' } },
      { name: null, fingerprint: certificates[1].fingerprint },
    ]);
    expect(problems).toHaveLength(1);
  });

  it('asks for no name at each address, and expects a certificate for one of them there alone', async () => {
    const addresses = ['127.0.0.2', '127.0.0.3'];
    const own = await appliance.withOwn();
    const trusted = await appliance.withTrusted([], ['127.0.0.2']);
    await appliance.serve(own, trusted, addresses);
    const { stdout } = await appliance.onepilot('certificate', 'status', '--json');
    const [better, usual] = [trusted, own].map(
      ({ certificate }) => new X509Certificate(certificate).fingerprint256,
    );
    const { gateway, problems } = JSON.parse(stdout);
    expect(problems).toEqual([]);
    expect(gateway).toMatchObject([
      { name: null, fingerprint: usual },
      { name: null, address: '127.0.0.2', fingerprint: better },
      { name: null, address: '127.0.0.3', fingerprint: usual },
    ]);
    expect(await shown()).toContain('asked for no name at 127.0.0.2 that of');
    appliance.remove();
    appliance = new ServedAppliance();
    await appliance.withTrusted([], ['127.0.0.2']);
    await appliance.serve(await appliance.withOwn(), undefined, addresses);
    expect((await shown()).match(/NOT what it was told to/g)).toHaveLength(1);
  });

  it('expects the own CA’s in place of one that has expired, and says so', async () => {
    const own = await appliance.withOwn();
    await appliance.withTrusted();
    await appliance.serve(own);
    appliance.moment = new Date(appliance.in(100 * 24));
    const text = await shown();
    expect(text).toMatch(/NO MORE: until \S+, \d+ days ago/);
    expect(text).toContain(`asked for ${appliance.domain} that of OnePilot CA`);
    expect(text).not.toContain('CERTIFICATE_NOT_SERVED');
  });

  it('says so when the gateway does not answer, or its certificate is damaged', async () => {
    appliance.put('/etc/onepilot/tls/own.pem', 'no PEM');
    const { code, stdout } = await appliance.onepilot('certificate', 'status', '--json');
    expect(code).toBe(0);
    const codes = JSON.parse(stdout).problems.map((told: { code: string }) => told.code);
    expect(codes).toEqual(['CERTIFICATE_FILE_BROKEN', 'CERTIFICATE_GATEWAY_SILENT']);
  });

  it('tells one from before from one that the context provides, as the agent did', async () => {
    const own = await appliance.withOwn();
    const trusted = await appliance.withTrusted();
    const [leaf] = certificatesOf(trusted.certificate);
    const told = (source: string) => ({
      ...readyStatus,
      certificate: {
        source,
        names: [appliance.domain],
        addresses: [],
        issuer: 'x',
        notAfter: leaf?.validToDate.toISOString(),
      },
    });
    await appliance.serve(own, trusted);
    appliance.context = [
      "ONEAPP_COPILOT_TLS_CERTIFICATE='disk:CERTS/copilot.crt'",
      "ONEAPP_COPILOT_TLS_KEY='disk:CERTS/copilot.key'",
      '',
    ].join('\n');
    appliance.put('/run/onepilot/status.json', told('provided'));
    const provided = await shown();
    expect(provided).toContain('Certificate that the context provides:');
    expect(provided).toContain('Why The context provides it.');
    appliance.put('/run/onepilot/status.json', told('earlier'));
    const earlier = await shown();
    expect(earlier).toContain('Certificate from before:');
    expect(earlier).toContain('Why The one that is provided is not good.');
  });

  it('is for root alone', async () => {
    appliance.isRoot = false;
    expect(await appliance.onepilot('certificate', 'status')).toMatchObject({ code: 4 });
  });
});
