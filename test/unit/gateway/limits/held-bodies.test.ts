import { describe, expect, it } from 'vitest';
import { valuesIn } from '../../../../src/gateway/limits/body-weight.ts';
import { HeldBodies } from '../../../../src/gateway/limits/held-bodies.ts';

describe('the room for bodies', () => {
  it('is taken up to its end and no further, and is there again once given back', () => {
    const held = new HeldBodies(10);
    const first = held.hold(6);
    expect(held.hold(5)).toBeUndefined();
    expect(held.hold(4)).toBeDefined();
    first?.release();
    first?.release();
    expect(held.hold(7)).toBeUndefined();
    expect(held.hold(6)).toBeDefined();
  });

  it('is taken for what a body turns out to be, or for what it was where there is not so much', () => {
    const held = new HeldBodies(10);
    const body = held.hold(2);
    expect(body?.resize(11)).toBe(false);
    expect(held.hold(9)).toBeUndefined();
    expect(body?.resize(10)).toBe(true);
    expect(body?.resize(1)).toBe(true);
    expect(held.hold(9)).toBeDefined();
  });

  it('is not taken any more by what was given back', () => {
    const held = new HeldBodies(10);
    const body = held.hold(2);
    body?.release();
    expect(body?.resize(3)).toBe(false);
    expect(held.hold(10)).toBeDefined();
  });
});

describe('valuesIn', () => {
  it.each([
    ['', 0],
    ['{}', 1],
    ['{"a":[1,2]}', 4],
    ['"[[[{,:"', 0],
    [String.raw`{"a\"[[":"\\"}`, 2],
    [String.raw`["\\\",,","\\",1]`, 3],
    ['["no end [[[', 1],
  ])('of %j is %i', (text, count) => expect(valuesIn(text)).toBe(count));
});
