import { describe, expect, test } from 'vitest';
import { acmeSubjects, certificateMode, notPublic } from '../../../src/certificates/mode.ts';
import { isPublicName } from '../../../src/certificates/public-name.ts';
import { defaultSettings } from '../../../src/context/variables.ts';

const settings = (values: Partial<ReturnType<typeof defaultSettings>>) => ({
  ...defaultSettings(),
  ...values,
});
const provided = { kind: 'disk', label: 'C', path: 'a.crt' } as const;
const domain = 'copilot.example.org';
const directory = 'https://ca.internal/acme/directory';

test.each([
  [{}, 'own-ca'],
  [{ tlsDomain: domain }, 'acme'],
  [{ tlsAddress: 'auto' }, 'acme'],
  [{ tlsAddress: '8.8.8.8' }, 'acme'],
  [{ tlsDomain: domain, tlsCertificate: provided }, 'provided'],
  [{ tlsDomain: domain, tlsCertificate: provided, tlsMode: 'own-ca' }, 'own-ca'],
  [{ tlsDomain: domain, tlsCertificate: provided, tlsMode: 'acme' }, 'acme'],
  [{ tlsDomain: domain, tlsMode: 'provided' }, 'provided'],
  [{ tlsDomain: 'copilot.internal' }, 'own-ca'],
  [{ tlsDomain: 'copilot.internal', tlsMode: 'acme' }, 'own-ca'],
  [{ tlsDomain: 'copilot.internal', acmeDirectory: directory }, 'acme'],
  [{ tlsAddress: '10.0.0.7' }, 'own-ca'],
  [{ tlsAddress: '10.0.0.7', acmeDirectory: directory }, 'acme'],
  [{ acmeDirectory: directory }, 'own-ca'],
] as const)('%j comes to %s', (values, mode) => {
  expect(certificateMode(settings(values))).toBe(mode);
});

describe("what is asked of Let's Encrypt", () => {
  test('is what is public alone', () => {
    const mixed = settings({ tlsDomain: 'copilot.lan', tlsAddress: '8.8.8.8' });
    expect(acmeSubjects(mixed)).toEqual({ address: '8.8.8.8' });
    expect(notPublic(mixed)).toEqual(['copilot.lan']);
  });

  test('is asked of a CA of its own whatever it is', () => {
    const mixed = settings({ tlsDomain: 'copilot.lan', tlsAddress: '10.0.0.7', acmeDirectory: directory });
    expect(acmeSubjects(mixed)).toEqual({ domain: 'copilot.lan', address: '10.0.0.7' });
    expect(notPublic(mixed)).toEqual([]);
  });
});

test.each(['copilot', 'copilot.local', 'a.b.internal', 'copilot.home.arpa', 'x.test', 'x.corp', 'x.lan'])(
  '%s leads nowhere outside its network',
  (name) => expect(isPublicName(name)).toBe(false),
);

test.each(['copilot.example.org', 'local.example.com', 'internal.dev', 'xn--bcher-kva.example.ch'])(
  '%s may be public',
  (name) => expect(isPublicName(name)).toBe(true),
);
