import { expect, test } from 'vitest';
import { prefixOfMask, sameNetwork } from '../../../src/network/address.ts';

test.each([
  ['255.255.255.0', 24],
  ['255.255.255.255', 32],
  ['0.0.0.0', 0],
  ['16', 16],
  ['255.0.255.0', undefined],
  ['33', undefined],
  ['mask', undefined],
])('the prefix of %s is %s', (mask, prefix) => expect(prefixOfMask(mask)).toBe(prefix));

test('networks are compared by their prefix', () => {
  expect(sameNetwork('10.0.0.5', '10.0.0.254', 24)).toBe(true);
  expect(sameNetwork('10.0.0.5', '10.0.1.1', 24)).toBe(false);
  expect(sameNetwork('255.0.0.1', '1.2.3.4', 0)).toBe(true);
});
