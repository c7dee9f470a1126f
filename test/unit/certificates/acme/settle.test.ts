import { describe, expect, test } from 'vitest';
import { limitsOf } from '../../../../src/certificates/acme/limits.ts';
import { nextStep } from '../../../../src/certificates/acme/next-step.ts';
import { attemptFailed, orderBegun, orderIssued } from '../../../../src/certificates/acme/record-events.ts';
import { settle } from '../../../../src/certificates/acme/settle.ts';
import { day, hour, later, minute, problem, recordWith, start, stocked, subject, wanted } from './records.ts';

const kinds = ['http-01', 'tls-alpn-01'] as const;
const other = 'dns:other.example.net at https://ca.example.net/directory';
const failed = { stage: 'order', problem, kinds, way: 'one', staging: true, fraction: 0 } as const;

const step = (record: ReturnType<typeof recordWith>, now: Date) =>
  nextStep(record, { now, asked: false, way: 'one', staging: true, limits: limitsOf(wanted) });

describe('a settled record', () => {
  test('settles to itself', () => {
    const stock = stocked(start);
    const records = [
      orderIssued(recordWith({}), start, stock, 'http-01', kinds),
      attemptFailed(recordWith({}), { now: start, ...failed }),
      orderBegun(recordWith({}), start, kinds),
    ];
    for (const record of records) {
      for (const found of [stock, undefined]) {
        const once = settle(record, subject, found, later(minute));
        expect(settle(once, subject, found, later(minute))).toEqual(once);
      }
    }
  });

  test('is as it was when nothing has happened', () => {
    const stock = stocked(start);
    const record = orderIssued(recordWith({}), start, stock, 'http-01', kinds);
    expect(settle(record, subject, stock, later(day))).toEqual(record);
    const poor = attemptFailed(recordWith({}), { now: start, ...failed });
    expect(settle(poor, subject, undefined, later(minute))).toEqual(poor);
  });

  test('forgets orders that no CA counts any more', () => {
    const record = orderIssued(recordWith({}), start, stocked(start), 'tls-alpn-01', kinds);
    expect(record.orders.map(({ outcome }) => outcome)).toEqual(['failed', 'issued']);
    expect(settle(record, subject, undefined, later(7 * day)).orders).toEqual([]);
  });
});

describe('a run that was cut off between certificate and record', () => {
  test('has got what it was about: nothing more is asked for', () => {
    const stock = stocked(start);
    const cutOff = orderBegun(recordWith({ failures: 3, staging: true }), start, ['http-01']);
    const record = settle(cutOff, subject, stock, later(minute));
    expect(record).toMatchObject({ failures: 0, staging: false, certificate: { subject } });
    expect(record.orders.map(({ outcome }) => outcome)).toEqual(['issued']);
    expect(step(record, later(minute))).toEqual({ do: 'ask renewal information' });
  });

  test('has got what it was about then, when something else is wanted by now', () => {
    const cutOff = orderBegun(recordWith({}), start, kinds);
    const record = settle(cutOff, other, stocked(start), later(minute));
    expect(record).toMatchObject({ subject: other, certificate: { subject } });
    expect(step(record, later(minute))).toMatchObject({ do: 'order', because: 'first', replaces: false });
  });
});

describe('a record that was lost', () => {
  test('is made anew from a certificate that covers what is wanted', () => {
    const record = settle(undefined, subject, stocked(start), later(day));
    expect(record.because).toBe('renewal');
    expect(step(record, later(day))).toEqual({ do: 'ask renewal information' });
  });

  test('is begun where the certificate is for something else', () => {
    const record = settle(undefined, subject, stocked(start, 90, false), later(day));
    expect(record).toMatchObject({ because: 'first', certificate: { subject: '' } });
    expect(step(record, later(day))).toMatchObject({ do: 'order', at: 'server' });
  });
});

describe('another subject', () => {
  const had = orderIssued(recordWith({}), start, stocked(start), 'http-01', kinds);

  test('begins another record, and what was ordered still counts', () => {
    const poor = attemptFailed(had, { now: later(hour), ...failed, retryAfter: later(day) });
    const record = settle(poor, other, stocked(start), later(hour));
    expect(record).toMatchObject({ subject: other, failures: 0, because: 'first', staging: false });
    expect(record.lastFailure).toBeUndefined();
    expect(record.notBefore).toBeUndefined();
    expect(record.orders).toEqual(poor.orders);
  });

  test('that comes back finds its certificate and asks for none', () => {
    const stock = stocked(start);
    const own = orderIssued(recordWith({}), start, stock, 'http-01', kinds);
    const away = settle(own, other, stock, later(hour));
    expect(step(away, later(hour))).toMatchObject({ do: 'order' });
    const back = settle(away, subject, stock, later(2 * hour));
    expect(back).toMatchObject({ because: 'renewal', next: own.next });
    expect(step(back, later(2 * hour))).toEqual({ do: 'ask renewal information' });
  });
});

describe('a certificate that is gone or damaged', () => {
  test('is ordered again at once', () => {
    const had = orderIssued(recordWith({}), start, stocked(start), 'http-01', kinds);
    const record = settle(had, subject, undefined, later(day));
    expect(record.certificate).toBeUndefined();
    expect(step(record, later(day))).toMatchObject({ do: 'order', because: 'first' });
  });
});

describe('a clock that was a year ahead and was set back', () => {
  const ahead = later(365 * day);

  test.each([
    ['a record that was begun', recordWith({ next: ahead.toISOString() })],
    ['an order that failed', attemptFailed(recordWith({}), { now: ahead, ...failed })],
    [
      'a CA that wanted no order for a while',
      attemptFailed(recordWith({}), { now: ahead, ...failed, retryAfter: later(366 * day) }),
    ],
  ])('does not hold back %s', (_, record) => {
    const settled = settle(record, subject, undefined, start);
    const allowed = { ...settled, orders: [] };
    expect(step(allowed, start)).toMatchObject({ do: 'order' });
  });

  test('leaves orders that are counted from today on', () => {
    const record = orderBegun(recordWith({}), ahead, kinds);
    expect(settle(record, subject, undefined, start).orders.map(({ at }) => at)).toEqual([
      start.toISOString(),
      start.toISOString(),
    ]);
  });

  test('leaves the CA to be asked again for renewal information', () => {
    const stock = stocked(start);
    const record = orderIssued(recordWith({}), start, stock, 'http-01', kinds);
    const settled = settle({ ...record, askAgain: ahead.toISOString() }, subject, stock, start);
    expect(step(settled, start)).toEqual({ do: 'ask renewal information' });
  });

  test('leaves a certificate as if it had been got today', () => {
    const stock = { ...stocked(start), notBefore: later(-60 * day), notAfter: later(6 * hour) };
    const record = orderIssued(recordWith({}), later(5 * hour), stock, 'http-01', kinds);
    expect(settle(record, subject, stock, start)).toMatchObject({
      next: later(2 * hour).toISOString(),
      certificate: { got: start.toISOString() },
    });
  });

  test('leaves a certificate that was only over by that clock as it is', () => {
    const stock = stocked(start);
    const had = orderIssued(recordWith({}), start, stock, 'http-01', kinds);
    const poor = attemptFailed({ ...had, askAgain: later(hour).toISOString() }, { now: ahead, ...failed });
    const settled = settle(poor, subject, stock, later(minute));
    expect(settled).toMatchObject({ failures: 0, because: 'renewal', next: had.next });
    expect(settled.lastFailure).toBeUndefined();
    expect(step({ ...settled, orders: [] }, later(minute))).toMatchObject({ do: 'wait' });
  });
});
