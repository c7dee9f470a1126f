import { describe, expect, it } from 'vitest';
import type { AcmeWanted } from '../../../src/certificates/acme/wanted.ts';
import { certificateIntent, intentAsBefore } from '../../../src/certificates/intent.ts';
import { Secret } from '../../../src/context/secret.ts';
import { defaultSettings, type Settings } from '../../../src/context/variables.ts';

const intent = (settings: Partial<Settings>, addresses = ['10.0.0.5'], before?: AcmeWanted) =>
  certificateIntent({ ...defaultSettings(), ...settings }, addresses, before);
const domain = { tlsDomain: 'copilot.onepilot.dev' };
const auto = { tlsMode: 'acme', tlsAddress: 'auto' } as const;
const [first, second] = ['8.8.4.4', '8.8.8.8'];

describe('what an ACME CA is asked for', () => {
  it('is nothing that the context does not name', () => {
    expect(intent({}, [first])).toEqual({
      wish: { whose: 'own-ca', identifiers: [] },
      acme: undefined,
      warnings: [],
    });
  });

  it('is of Let’s Encrypt unless a directory is named, whose staging server none but the context knows', () => {
    expect(intent(domain).acme).toMatchObject({
      server: { directory: 'https://acme-v02.api.letsencrypt.org/directory' },
      staging: { directory: 'https://acme-staging-v02.api.letsencrypt.org/directory' },
    });
    const acmeDirectory = 'https://ca.example.org/directory';
    expect(intent({ ...domain, acmeDirectory }).acme?.staging).toBeUndefined();
    const acmeStaging = 'https://ca.example.org/staging';
    expect(intent({ ...domain, acmeDirectory, acmeStaging }).acme?.staging).toEqual({
      directory: acmeStaging,
    });
  });

  it('carries everything that the context says of the CA', () => {
    const { acme } = intent({
      ...domain,
      acmeContact: 'it@example.org',
      acmeProfile: 'shortlived',
      acmeRoots: 'PEM',
      acmeKeyId: 'kid',
      acmeKey: new Secret('a-key'),
    });
    expect(acme).toMatchObject({
      contact: 'it@example.org',
      profile: 'shortlived',
      roots: 'PEM',
      server: { binding: { keyId: 'kid', key: 'a-key' } },
      addresses: ['10.0.0.5'],
    });
  });

  it('names the domain before the address', () => {
    expect(intent({ ...domain, ...auto }, ['10.0.0.5', first]).acme?.identifiers).toEqual([
      { type: 'dns', value: domain.tlsDomain },
      { type: 'ip', value: first },
    ]);
  });
});

describe('an address that the VM is to find by itself', () => {
  const before = intent(auto, [first]).acme;

  it('stays the one that was asked for while the VM has it, whichever comes first', () => {
    expect(before?.identifiers).toEqual([{ type: 'ip', value: first }]);
    expect(intent(auto, [second, first], before).wish.identifiers).toEqual(before?.identifiers);
    expect(intent(auto, [second], before).wish.identifiers).toEqual([{ type: 'ip', value: second }]);
  });

  it('stays while the VM has no address at all, which may come late', () => {
    expect(intent(auto, [], before)).toEqual(intentAsBefore(before));
  });

  it('stays while the VM has private ones only, as the public one may be late or lost for a while', () => {
    const { wish, acme, warnings } = intent({ ...domain, ...auto }, ['10.0.0.5'], before);
    expect(wish.identifiers).toEqual([
      { type: 'dns', value: domain.tlsDomain },
      { type: 'ip', value: first },
    ]);
    expect(acme).toMatchObject({ identifiers: wish.identifiers, addresses: ['10.0.0.5'] });
    expect(warnings).toEqual([]);
  });

  it('is not a private one that the context once named', () => {
    const company = { acmeDirectory: 'https://ca.example.org/directory' };
    const named = intent({ tlsMode: 'acme', tlsAddress: '10.0.0.9', ...company }).acme;
    expect(named?.identifiers).toEqual([{ type: 'ip', value: '10.0.0.9' }]);
    expect(intent({ ...domain, ...auto, ...company }, ['10.0.0.5'], named).wish.identifiers).toEqual([
      { type: 'dns', value: domain.tlsDomain },
    ]);
  });

  it('is left out where none is public and none was, and the domain asked for alone', () => {
    const { wish, warnings } = intent({ ...domain, ...auto }, ['10.0.0.5'], intent(domain).acme);
    expect(wish.identifiers).toEqual([{ type: 'dns', value: domain.tlsDomain }]);
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining('10.0.0.5')]);
  });
});

it('names what a certificate of ACME could stand in for where the provided one is not good', () => {
  const { wish, acme } = intent({ ...domain, tlsMode: 'provided', tlsAddress: first });
  expect(wish).toEqual({
    whose: 'provided',
    identifiers: [
      { type: 'dns', value: domain.tlsDomain },
      { type: 'ip', value: first },
    ],
  });
  expect(acme).toBeUndefined();
});
