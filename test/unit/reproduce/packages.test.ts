import { describe, expect, it } from 'vitest';
import { changedPackages, requireSamePackages } from '../../../src/reproduce/packages.ts';

const list = 'adduser\t3.152\tall\taa\nbash\t5.2\tamd64\tbb\n';

describe('the packages of two builds', () => {
  it('are the same where nothing was published in between', () => {
    expect(changedPackages(list, list)).toEqual([]);
    expect(() => requireSamePackages(list, list)).not.toThrow();
  });

  it('are told by name where versions, hashes or the list itself changed', () => {
    expect(changedPackages(list, list.replace('5.2', '5.3').replace('adduser', 'apt'))).toEqual([
      'adduser',
      'apt',
      'bash',
    ]);
    expect(() => requireSamePackages(list, list.replace('bb', 'cc'))).toThrow(': bash.');
  });
});
