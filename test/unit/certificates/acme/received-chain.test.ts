import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { receivedIdentity } from '../../../../src/certificates/acme/received-chain.ts';
import type { Identifier } from '../../../../src/certificates/acme/wanted.ts';
import type { Identity } from '../../../../src/certificates/identity.ts';
import { makeAuthority, makeLeaf } from '../../../../src/certificates/own-ca/issue.ts';
import { withUnreadableEnd } from '../unreadable-date.ts';

const now = new Date('2026-11-21T12:00:00Z');
const identifiers: Identifier[] = [
  { type: 'dns', value: 'copilot.example.org' },
  { type: 'ip', value: '2001:db8::20' },
];

let root: Identity;
let leaf: Identity;
let stranger: Identity;

beforeAll(async () => {
  const subjects = { names: ['copilot.example.org'], addresses: ['2001:db8::20'] };
  root = await makeAuthority('one', now);
  leaf = await makeLeaf(root, subjects, now);
  stranger = await makeAuthority('two', now);
});

const received = (chain: string, changes: { key?: string; now?: Date; identifiers?: Identifier[] } = {}) =>
  receivedIdentity(chain, changes.key ?? leaf.key, changes.identifiers ?? identifiers, changes.now ?? now);

/** The leaf alone. */
const own = () => new X509Certificate(leaf.certificate).toString();

describe('a chain that a CA sends', () => {
  it('is served without its root', () => {
    expect(received(leaf.certificate)).toEqual({ certificate: own(), key: leaf.key });
  });

  it('is served as it is when it has no root, with whatever stands between its certificates', () => {
    expect(received(`# leaf\r\n${own()}`)).toEqual({ certificate: own(), key: leaf.key });
  });

  it.each([
    ['nothing is in it', () => received('Sorry.'), 'it cannot be read'],
    ['a certificate in it is damaged', () => received(own().replace(/A/g, 'B')), 'it cannot be read'],
    ['its end is no date', () => received(withUnreadableEnd(leaf).certificate), 'it cannot be read'],
    [
      'it is for another key',
      () => received(leaf.certificate, { key: stranger.key }),
      'it is for another key',
    ],
    [
      'a name is not in it',
      () =>
        received(leaf.certificate, {
          identifiers: [...identifiers, { type: 'dns', value: 'b.example.org' }],
        }),
      'it is not for b.example.org',
    ],
    [
      'an address is not in it',
      () => received(leaf.certificate, { identifiers: [{ type: 'ip', value: '192.0.2.1' }] }),
      'it is not for 192.0.2.1',
    ],
    [
      "it has expired by the CA's clock",
      () => received(leaf.certificate, { now: new Date('2036-01-01') }),
      expect.stringContaining('it has expired on 20'),
    ],
    [
      'it does not hang together',
      () => received(own() + stranger.certificate),
      'a certificate of its chain was not issued by the one that follows',
    ],
  ])('is not served when %s', (_, work, reason) => {
    expect(work()).toEqual(reason);
  });
});
