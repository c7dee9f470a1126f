import { expect, it } from 'vitest';
import { Slots } from '../../../../src/gateway/admission/slots.ts';

it('a conversation gets the slot that it had', () => {
  const slots = new Slots();
  const take = (session: string) => {
    const number = slots.take('m', 2, session);
    if (number !== undefined) slots.give('m', number);
    return number;
  };
  expect(['a', 'b', 'a', 'b', 'b', 'a'].map(take)).toEqual([0, 1, 0, 1, 1, 0]);
  // The one left alone for longest is b's.
  expect(take('c')).toBe(1);
  expect(take('a')).toBe(0);
});

it('one that runs is given to nobody else', () => {
  const slots = new Slots();
  expect(slots.take('m', 2, 'a')).toBe(0);
  expect(slots.take('m', 2, 'a')).toBe(1);
  expect(slots.take('m', 2, 'a')).toBeUndefined();
  expect(slots.take('other', 2, 'a')).toBe(0);
  slots.give('m', 1);
  expect(slots.take('m', 2, 'b')).toBe(1);
});
