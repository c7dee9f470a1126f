import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { delayAfter, delayWhileServed, longestDelay } from '../../../../src/certificates/acme/backoff.ts';
import { day, hour, minute } from './records.ts';

const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const stage = fc.constantFrom('checks', 'staging', 'order');

describe('the time to the next attempt', () => {
  test('doubles from 15 minutes to a day after what a CA refused', () => {
    const minutes = [1, 2, 3, 4, 5, 6, 7, 8, 50].map((count) => delayAfter('order', count, 0) / minute);
    expect(minutes).toEqual([15, 30, 60, 120, 240, 480, 960, 1200, 1200]);
    expect(delayAfter('order', 50, 0.999999)).toBeGreaterThan(0.99 * day);
  });

  test('doubles from 5 minutes to an hour after what no CA was asked', () => {
    const minutes = [1, 2, 3, 4, 5, 50].map((count) => delayAfter('checks', count, 0) / minute);
    expect(minutes).toEqual([5, 10, 20, 40, 50, 50]);
  });

  test('is never more than the longest, and with each failure no shorter', () => {
    fc.assert(
      fc.property(stage, fc.integer({ min: 1, max: 2000 }), fraction, (at, count, part) => {
        const delay = delayAfter(at, count, part);
        expect(delay).toBeLessThanOrEqual(at === 'checks' ? hour : longestDelay);
        expect(delay).toBeLessThanOrEqual(delayAfter(at, count + 1, part));
        expect(delay).toBeGreaterThanOrEqual(delayAfter(at, count, 0));
      }),
    );
  });

  test('leaves the last third of a certificate’s time for another attempt', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: longestDelay }),
        fc.integer({ min: hour, max: 90 * day }),
        (delay, left) => {
          expect(delayWhileServed(delay, left)).toBeLessThanOrEqual(Math.max((left * 2) / 3, 5 * minute));
          expect(delayWhileServed(delay, left)).toBeLessThanOrEqual(delay);
        },
      ),
    );
    expect(delayWhileServed(day, 12 * hour)).toBe(8 * hour);
  });

  test('does not shrink to nothing as a certificate ends, and is the usual one after that', () => {
    expect(delayWhileServed(day, 1)).toBe(5 * minute);
    expect(delayWhileServed(day, 0)).toBe(day);
    expect(delayWhileServed(day, -day)).toBe(day);
  });
});
