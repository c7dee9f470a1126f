import { describe, expect, test } from 'vitest';
import { stockOf } from '../../../../src/certificates/acme/stock.ts';
import { joinIdentity } from '../../../../src/certificates/identity.ts';
import { makeAuthority, makeLeaf } from '../../../../src/certificates/own-ca/issue.ts';

const authority = await makeAuthority('here', new Date());
const identity = await makeLeaf(
  authority,
  { names: ['a.example.net'], addresses: ['192.0.2.7', '2001:db8::7'] },
  new Date(),
);
const text = joinIdentity(identity);

describe('the certificate in stock', () => {
  test('is read with its issuer and its time', () => {
    const stock = stockOf(text, []);
    expect(stock?.issuer).toMatch(/^OnePilot CA [0-9a-f]{8} of here \(OnePilot\)$/);
    expect(stock?.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect(stock && stock.notAfter.getTime() - stock.notBefore.getTime()).toBeGreaterThan(0);
  });

  test('covers what it names, and not more', () => {
    const covers = (type: 'dns' | 'ip', ...values: string[]) =>
      stockOf(
        text,
        values.map((value) => ({ type, value })),
      )?.covers;
    expect(covers('dns', 'a.example.net')).toBe(true);
    expect(covers('ip', '192.0.2.7', '2001:db8::7')).toBe(true);
    expect(covers('dns', 'a.example.net', 'b.example.net')).toBe(false);
    expect(covers('ip', '192.0.2.8')).toBe(false);
    expect(covers('dns', '192.0.2.7')).toBe(false);
  });

  test('is none when anything of it is missing, cut off or another’s', async () => {
    const other = await makeLeaf(authority, { names: ['b.example.net'], addresses: [] }, new Date());
    for (const broken of [
      undefined,
      '',
      identity.certificate,
      identity.key,
      text.slice(0, 900),
      joinIdentity({ ...identity, key: other.key }),
    ]) {
      expect(stockOf(broken, [])).toBeUndefined();
    }
  });
});
