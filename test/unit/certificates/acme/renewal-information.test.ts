import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  askRenewalInformation,
  certificateIdentifier,
} from '../../../../src/certificates/acme/renewal-information.ts';
import { makeAuthority, makeLeaf } from '../../../../src/certificates/own-ca/issue.ts';
import {
  type AcmeDirectory,
  renewalInformation,
  startAcmeDirectory,
} from '../../../support/acme-directory.ts';
import { day, hour, later, minute, start } from './records.ts';

/** RFC 9773, appendix A. */
const exampleOfRfc = `-----BEGIN CERTIFICATE-----
MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt
cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS
BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu
7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf
qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B
yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb
+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK
-----END CERTIFICATE-----
`;

let ca: AcmeDirectory;
let certificate: string;

beforeAll(async () => {
  ca = await startAcmeDirectory();
  const authority = await makeAuthority('here', new Date());
  certificate = (await makeLeaf(authority, { names: ['a.example'], addresses: [] }, new Date())).certificate;
});

afterAll(() => ca.close());

beforeEach(() => {
  ca.answer = { body: renewalInformation(later(day), later(2 * day)) };
  ca.offers = true;
  ca.asked.length = 0;
});

function ask(fields: { of?: string; roots?: string | undefined } = {}) {
  return askRenewalInformation({
    server: { directory: ca.url },
    roots: ca.root,
    certificate: fields.of ?? certificate,
    now: () => start,
    signal: new AbortController().signal,
    ...('roots' in fields && { roots: fields.roots }),
  });
}

describe('what names a certificate to its CA', () => {
  test('is what the RFC says of its example', async () => {
    expect(await certificateIdentifier(exampleOfRfc)).toBe('aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE');
  });

  test('is where the CA is asked, and there is none without the key of the CA', async () => {
    await ask({ of: exampleOfRfc });
    expect(ca.asked).toEqual(['/directory', '/renewal-info/aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE']);
    const { certificate: root } = await makeAuthority('here', new Date());
    expect(await certificateIdentifier(root)).toBeUndefined();
    expect(await ask({ of: root })).not.toHaveProperty('window');
  });
});

describe('the CA’s word on renewal', () => {
  test('is its window, with the place that says why', async () => {
    const body = renewalInformation(later(day), later(2 * day), 'https://ca.example.net/incident');
    ca.answer = { body };
    expect(await ask()).toMatchObject({
      window: {
        start: later(day).toISOString(),
        end: later(2 * day).toISOString(),
        explanation: 'https://ca.example.net/incident',
      },
    });
  });

  test('may be said in another time zone', async () => {
    const suggestedWindow = { start: '2026-11-22T14:00:00.123456789+02:00', end: '2026-11-23T12:00:00Z' };
    ca.answer = { body: JSON.stringify({ suggestedWindow }) };
    expect((await ask()).window).toEqual({
      start: '2026-11-22T12:00:00.123Z',
      end: '2026-11-23T12:00:00.000Z',
    });
  });

  test('is asked for again after six hours, or when the CA wants it, from a minute to a day', async () => {
    expect((await ask()).askAgain).toEqual(later(6 * hour));
    for (const [said, milliseconds] of [
      ['7200', 2 * hour],
      ['1', minute],
      ['999999', day],
      [later(3 * hour).toUTCString(), 3 * hour],
      ['soon', 6 * hour],
    ] as const) {
      ca.answer = { ...ca.answer, headers: { 'retry-after': said } };
      expect((await ask()).askAgain, said).toEqual(later(milliseconds));
    }
  });

  test.each(['javascript:alert(1)', 'https://ca.example.net/\u001b[2Jhere'])(
    'loses a place to read that is none: %j',
    async (place) => {
      ca.answer = { body: renewalInformation(later(day), later(2 * day), place) };
      expect((await ask()).window).not.toHaveProperty('explanation');
    },
  );
});

describe('without an answer that counts nothing is known, and it is asked again', () => {
  const window = { start: later(2 * day).toISOString(), end: later(day).toISOString() };
  test.each([
    ['not found', { status: 404, body: 'no' }],
    ['a failure', { status: 500, body: '{}' }],
    ['an empty one', { body: '' }],
    ['a page', { body: '<html>welcome</html>' }],
    ['another document', { body: '{"suggestedWindow":{"start":"tomorrow"}}' }],
    ['a window that ends before it begins', { body: JSON.stringify({ suggestedWindow: window }) }],
    ['a redirection', { status: 302, headers: { location: '/elsewhere' } }],
  ])('%s', async (_, answer) => {
    ca.answer = answer;
    const { window: none, askAgain, says } = await ask();
    expect(none).toBeUndefined();
    expect(askAgain).toEqual(later(6 * hour));
    expect(says).toMatch(/^the CA (did not say: |answered with status )./);
  });

  test('a CA that is busy says until when', async () => {
    ca.answer = { status: 503, headers: { 'retry-after': '3600' } };
    // It is counted from when the answer came, by the clock of this machine.
    const asked = await askRenewalInformation({
      server: { directory: ca.url },
      roots: ca.root,
      certificate,
      now: () => new Date(),
      signal: new AbortController().signal,
    });
    const wait = asked.askAgain.getTime() - Date.now();
    expect(wait).toBeGreaterThan(hour - minute);
    expect(wait).toBeLessThanOrEqual(hour);
  });

  test('a CA that is not trusted is not asked', async () => {
    const { window: none, says } = await ask({ roots: undefined });
    expect(none).toBeUndefined();
    expect(says).toContain('certificate');
    expect(ca.asked).toEqual([]);
  });

  test('a CA that gives none is asked the next day', async () => {
    ca.offers = false;
    expect(await ask()).toEqual({ askAgain: later(day), says: 'the CA gives none' });
    expect(ca.asked).toEqual(['/directory']);
  });
});
