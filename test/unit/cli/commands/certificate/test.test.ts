import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { doubtful, failed, passed } from '../../../../../src/certificates/acme/checks/check.ts';
import { type Identity, joinIdentity } from '../../../../../src/certificates/identity.ts';
import { failure } from '../../../../../src/errors/catalogue.ts';
import { image } from '../temporary-appliance.ts';
import { ServedAppliance } from './served-appliance.ts';

let appliance: ServedAppliance;
beforeEach(() => {
  appliance = new ServedAppliance();
});
afterEach(() => appliance.remove());

interface Told {
  readonly about: string;
  readonly outcome: string;
  readonly problem?: { readonly code: string; readonly what: string };
}

async function test() {
  const { code, stdout } = await appliance.onepilot('certificate', 'test', '--json');
  const checks: readonly Told[] = JSON.parse(stdout).checks;
  const troubles = checks.filter(({ outcome }) => outcome !== 'ok');
  return {
    code,
    checks,
    troubles: troubles.map(({ about, outcome, problem }) => [outcome, about, problem?.code]),
  };
}

/** The first certificate of the chain, alone. */
function alone({ certificate, key }: Identity): Identity {
  const [leaf = ''] = certificate.split(/(?<=-----END CERTIFICATE-----\n)/);
  return { certificate: leaf, key };
}

describe('onepilot certificate test', () => {
  it('finds nothing wrong with what is right', async () => {
    const own = await appliance.withOwn();
    const trusted = await appliance.withTrusted();
    await appliance.serve(own, trusted);
    const { code, checks, troubles } = await test();
    expect([code, troubles]).toEqual([0, []]);
    expect(checks.map(({ about }) => about)).toEqual([
      'the one given: in date',
      'the one given: for',
      'the one given: TLS 1.2',
      'the one given: TLS 1.3',
      'the one given: chain',
      "the own CA's: in date",
      "the own CA's: for",
      "the own CA's: TLS 1.2",
      "the own CA's: TLS 1.3",
      "the own CA's: chain",
    ]);
  });

  it('asks for a certificate that is for an address alone where it is served', async () => {
    const own = await appliance.withOwn();
    const trusted = await appliance.withTrusted([], ['127.0.0.3']);
    await appliance.serve(own, trusted, ['127.0.0.2', '127.0.0.3']);
    const { code, checks, troubles } = await test();
    expect([code, troubles]).toEqual([0, []]);
    expect(checks.map(({ about }) => about)).toContain('the one given: TLS 1.3');
  });

  it('prints a line for each check, and what to do below one that fails', async () => {
    await appliance.serve(await appliance.withOwn(['10.0.0.6']));
    const { code, stdout } = await appliance.onepilot('certificate', 'test');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ok {6}the own CA's: TLS 1.3: TLS_AES_/m);
    expect(stdout).toMatch(/^failed {2}the own CA's: for 10.0.0.5\n {10}The certificate in /m);
    expect(stdout).toContain('          (CERTIFICATE_NAME_LEFT_OUT)\n');
  });

  it('fails when a version of TLS is refused', async () => {
    await appliance.serveOldTls(await appliance.withOwn());
    const { code, troubles } = await test();
    expect([code, troubles]).toEqual([
      1,
      [['failed', "the own CA's: TLS 1.3", 'CERTIFICATE_GATEWAY_SILENT']],
    ]);
  });

  it('fails when the gateway shows another certificate than the one on disk', async () => {
    const own = await appliance.withOwn();
    await appliance.withTrusted();
    await appliance.serve(own);
    const { code, troubles } = await test();
    expect([code, troubles]).toEqual([
      1,
      [
        ['failed', 'the one given: TLS 1.2', 'CERTIFICATE_NOT_SERVED'],
        ['failed', 'the one given: TLS 1.3', 'CERTIFICATE_NOT_SERVED'],
      ],
    ]);
  });

  it('fails when the certificate is not for a name that was wanted of the CA', async () => {
    const own = await appliance.withOwn();
    const trusted = await appliance.withTrusted();
    appliance.wantsAcme(appliance.domain, 'other.example.org');
    appliance.checkAcme = async () => [];
    await appliance.serve(own, trusted);
    const { troubles } = await test();
    expect(troubles).toContainEqual([
      'failed',
      "the ACME CA's: for other.example.org",
      'CERTIFICATE_NAME_LEFT_OUT',
    ]);
  });

  it('fails when the certificate has expired, by the clock of the VM', async () => {
    await appliance.serve(await appliance.withOwn());
    appliance.moment = new Date(appliance.in(100 * 24));
    const { troubles } = await test();
    expect(troubles).toEqual([['failed', "the own CA's: in date", 'CERTIFICATE_NOT_IN_DATE']]);
  });

  it('fails when the chain lacks what signed the certificate', async () => {
    const own = await appliance.withOwn();
    const trusted = alone(await appliance.withTrusted());
    appliance.put('/etc/onepilot/tls/trusted.pem', joinIdentity(trusted));
    appliance.roots = { everywhere: [], here: [] };
    await appliance.serve(own, trusted);
    const { code, troubles } = await test();
    expect([code, troubles]).toEqual([1, [['failed', 'the one given: chain', 'CERTIFICATE_NOT_TRACED']]]);
  });

  it('only notes a CA that it does not know itself: clients may', async () => {
    const own = await appliance.withOwn();
    const trusted = await appliance.withTrusted();
    appliance.roots = { everywhere: [], here: [] };
    await appliance.serve(own, trusted);
    const { code, troubles } = await test();
    expect([code, troubles]).toEqual([0, [['note', 'the one given: chain', 'CERTIFICATE_NOT_TRACED']]]);
  });

  it('fails when the own CA’s certificate was signed by another', async () => {
    const own = await appliance.withOwn();
    await appliance.withOwn();
    appliance.put('/etc/onepilot/tls/own.pem', joinIdentity(own));
    await appliance.serve(own);
    const { code, troubles } = await test();
    expect([code, troubles]).toEqual([1, [['failed', "the own CA's: chain", 'CERTIFICATE_NOT_TRACED']]]);
  });

  it('looks at what an ACME CA would look at, where one is asked', async () => {
    appliance.put('/usr/share/onepilot/image.json', image);
    const own = await appliance.withOwn();
    const trusted = await appliance.withTrusted();
    appliance.put('/var/lib/onepilot-acme/certificate.pem', joinIdentity(trusted));
    appliance.wantsAcme(appliance.domain);
    await appliance.serve(own, trusted);
    const over: string[] = [];
    appliance.checkAcme = async ({ identifiers: [first] }, past) => {
      over.push(...past.map(({ says }) => says));
      const name = first?.value ?? '';
      const reason = 'nobody answered';
      return [
        passed('the clock', 'is right'),
        failed(name, failure('COMMAND_FAILED', { reason })),
        doubtful(name, failure('COMMAND_FAILED', { reason })),
      ];
    };
    const { code, checks, troubles } = await test();
    expect(code).toBe(1);
    expect(checks.at(-3)).toEqual({ about: 'the clock', outcome: 'ok', detail: 'is right' });
    expect(troubles).toEqual([
      ['failed', appliance.domain, 'COMMAND_FAILED'],
      ['note', appliance.domain, 'COMMAND_FAILED'],
    ]);
    expect(over).toEqual([expect.stringContaining('was built at 1970'), expect.stringContaining('in stock')]);
  });

  it('tells the rest when that cannot be looked at', async () => {
    await appliance.serve(await appliance.withOwn());
    appliance.wantsAcme(appliance.domain);
    const { code, checks, troubles } = await test();
    expect([code, troubles]).toEqual([1, [['failed', 'what an ACME CA looks at', 'COMMAND_FAILED']]]);
    expect(checks.length).toBeGreaterThan(4);
  });

  it('fails when there is nothing to serve', async () => {
    expect(await test()).toMatchObject({
      code: 1,
      troubles: [['failed', "the own CA's", 'CERTIFICATE_FILE_BROKEN']],
    });
  });
});
