import { expect, it } from 'vitest';
import { FairShares } from '../../../../src/gateway/admission/fair-shares.ts';

it('what one key gets out of turn does not forget what another is owed', () => {
  const shares = new FairShares();
  shares.charge('ana', 100, ['ben']);
  shares.charge('ana', 1, ['ben']);
  expect(shares.startOf('ana') - shares.startOf('ben')).toBe(101);
});

it('a key that comes later begins where those who wait are', () => {
  const shares = new FairShares();
  shares.charge('ana', 100, []);
  shares.charge('ana', 100, []);
  expect(shares.startOf('cleo')).toBe(100);
  expect(shares.startOf('ana')).toBe(200);
});

it('a turn that was shorter than expected is owed less for', () => {
  const shares = new FairShares();
  shares.charge('ana', 100);
  shares.correct('ana', -90);
  expect(shares.startOf('ana')).toBe(10);
});

it('a copy goes its own way', () => {
  const shares = new FairShares();
  shares.copy().charge('ana', 100);
  expect(shares.startOf('ana')).toBe(0);
});
