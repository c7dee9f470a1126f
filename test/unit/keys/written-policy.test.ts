import { describe, expect, it } from 'vitest';
import { addKey, emptyKeyStore, parseKeyStore } from '../../../src/keys/store.ts';
import { policyOf, WrittenPolicy } from '../../../src/keys/written-policy.ts';

describe('the end of a key', () => {
  it.each([
    ['2027-01-31', '2027-01-31T00:00:00.000Z'],
    ['2027-01-31T18:00:00+02:00', '2027-01-31T16:00:00.000Z'],
    ['9999-12-31', '9999-12-31T00:00:00.000Z'],
  ])('%s is kept as %s, which the store reads again', (expires, expiresAt) => {
    const policy = policyOf(WrittenPolicy.parse({ expires }));
    expect(policy).toEqual({ expiresAt });
    const { store } = addKey(emptyKeyStore, 'ada', new Date(), [], policy);
    expect(parseKeyStore('keys.json', JSON.stringify(store))).toEqual(store);
  });

  it.each([
    '9999-12-31T23:59:59-01:00',
    '0000-01-01T00:00:00+01:00',
    '2027-02-30',
    '2027-01-31T18:00:00',
    'soon',
  ])('cannot be %s, of which no store could tell', (expires) => {
    const written = WrittenPolicy.safeParse({ expires });
    expect(written.error?.issues.map(({ message }) => message)).toEqual([
      'must be a date like 2027-01-31, or a time like 2027-01-31T18:00:00Z',
    ]);
  });
});
