import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { joinIdentity, leafOf, splitIdentity } from '../../../src/certificates/identity.ts';
import { makeAuthority, makeLeaf } from '../../../src/certificates/own-ca/issue.ts';
import { withUnreadableEnd } from './unreadable-date.ts';

const authority = await makeAuthority('here', new Date());
const identity = await makeLeaf(authority, { names: ['a.example.net'], addresses: [] }, new Date());

test('a chain and its key come out of one file as they went in', () => {
  expect(splitIdentity(joinIdentity(identity))).toEqual(identity);
});

test('a certificate whose end is no date is none: Node would give any moment for it', () => {
  const odd = withUnreadableEnd(identity);
  expect(new X509Certificate(odd.certificate).validTo).toBe('Bad time value');
  expect(leafOf(odd)).toBeUndefined();
  expect(splitIdentity(joinIdentity(odd))).toBeUndefined();
});
