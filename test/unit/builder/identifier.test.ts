import { describe, expect, it } from 'vitest';
import { identifier } from '../../../src/builder/identifier.ts';

describe('an identifier', () => {
  it('is a UUID of version 8', () => {
    expect(identifier('root', 1_700_000_000)).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('follows from name and date alone', () => {
    expect(identifier('root', 1)).toBe(identifier('root', 1));
    const others = [identifier('root', 1), identifier('root', 2), identifier('disk', 1)];
    expect(new Set(others).size).toBe(3);
  });
});
