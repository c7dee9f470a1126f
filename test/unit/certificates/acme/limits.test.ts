import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limitsOf } from '../../../../src/certificates/acme/limits.ts';
import { nextStep } from '../../../../src/certificates/acme/next-step.ts';
import { AcmeRecord } from '../../../../src/certificates/acme/record.ts';
import {
  attemptFailed,
  orderBegun,
  orderIssued,
  renewalInformationAsked,
  stagingPassed,
} from '../../../../src/certificates/acme/record-events.ts';
import { settle } from '../../../../src/certificates/acme/settle.ts';
import type { Stock } from '../../../../src/certificates/acme/stock.ts';
import { day, hour, later, minute, problem, stocked, wanted } from './records.ts';

const kinds = ['http-01', 'tls-alpn-01'] as const;
const subjects = ['dns:a.example at https://ca.example', 'dns:b.example at https://ca.example'] as const;

/** One look of the timer, and what the world has in store for it. */
const look = fc.record({
  pause: fc.oneof(
    { weight: 8, arbitrary: fc.constant(5 * minute) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 * day }) },
  ),
  asked: fc.boolean(),
  another: fc.oneof(
    { weight: 30, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  changed: fc.boolean(),
  end: fc.constantFrom(
    'issued by the first',
    'issued by the second',
    'failed',
    'failed checks',
    'cut off before',
    'cut off after',
  ),
  days: fc.constantFrom(1, 6, 90),
  /** The part of its lifetime that is over as a certificate is issued. */
  age: fc.constantFrom(0, 0, 0.7, 0.99),
  retryAfter: fc.option(fc.integer({ min: 0, max: 2 * day })),
  fraction: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});

type Look = typeof look extends fc.Arbitrary<infer Value> ? Value : never;

interface Counted {
  readonly at: number;
  readonly subject: string;
  readonly issued: boolean;
}

/** An order that nobody asked for while there was a certificate, and how long that had to last. */
interface Renewal {
  readonly after: number;
  readonly left: number;
}

/** Lives through `looks`. @returns what a CA has seen, and the record after each */
function live(looks: readonly Look[]) {
  const seen: Counted[] = [];
  const held: { at: number; until: number }[] = [];
  const renewals: Renewal[] = [];
  let now = later(0);
  let subject: string = subjects[0];
  let record: AcmeRecord | undefined;
  let stock: Stock | undefined;
  let gotAt: number | undefined;
  let way = 0;
  for (const { pause, asked, another, changed, end, days, age, retryAfter, fraction } of looks) {
    now = new Date(now.getTime() + pause);
    if (another) subject = subject === subjects[0] ? subjects[1] : subjects[0];
    if (changed) way += 1;
    record = settle(record, subject, stock, now);
    for (let round = 0; round < 4; round += 1) {
      const limits = limitsOf(wanted);
      const circumstances = { now, asked, way: `${way}`, staging: true, limits };
      const step = nextStep(record, circumstances);
      if (step.do === 'wait') break;
      if (step.do === 'ask renewal information') {
        record = renewalInformationAsked(record, { askAgain: new Date(now.getTime() + 6 * hour) });
        continue;
      }
      if (step.at === 'staging') {
        record = stagingPassed(record);
        continue;
      }
      const failed = { now, problem, way: `${way}`, staging: true, fraction };
      if (end === 'failed checks') {
        record = attemptFailed(record, { ...failed, stage: 'checks', kinds: [] });
        break;
      }
      const before: AcmeRecord = record;
      const until = before.notBefore === undefined ? 0 : Date.parse(before.notBefore);
      held.push({ at: now.getTime(), until });
      if (step.because === 'renewal' && stock && gotAt !== undefined)
        renewals.push({ after: now.getTime() - gotAt, left: stock.notAfter.getTime() - gotAt });
      record = orderBegun(before, now, kinds);
      const isIssued = end.startsWith('issued') || end === 'cut off after';
      const tried = end === 'issued by the first' ? 1 : 2;
      for (let index = 1; index <= tried; index += 1) {
        seen.push({ at: now.getTime(), subject, issued: isIssued && index === tried });
      }
      if (isIssued) {
        stock = stocked(new Date(now.getTime() - age * days * day), days);
        gotAt = now.getTime();
      }
      if (end === 'failed') {
        const wait = retryAfter === null ? undefined : new Date(now.getTime() + retryAfter);
        record = attemptFailed(before, { ...failed, stage: 'order', kinds, retryAfter: wait });
      } else if (end.startsWith('issued') && stock) {
        record = orderIssued(before, now, stock, kinds[tried - 1] ?? 'http-01', kinds);
      }
      break;
    }
    AcmeRecord.parse(record);
  }
  return { seen, held, renewals };
}

/** The most of `counted` within any span. */
function most(counted: readonly Counted[], span: number): number {
  const within = ({ at }: Counted) =>
    counted.filter((other) => other.at > at - span && other.at <= at).length;
  return Math.max(0, ...counted.map(within));
}

describe('whatever happens, however often somebody asks and wherever the power goes', () => {
  test('a CA sees no more than it bears, and nothing while it wants no order', () => {
    let orders = 0;
    let renewed = 0;
    fc.assert(
      fc.property(fc.array(look, { minLength: 1, maxLength: 150, size: 'max' }), (looks) => {
        const { seen, held, renewals } = live(looks);
        orders += seen.length;
        renewed += renewals.length;
        expect(
          most(
            seen.filter(({ issued }) => !issued),
            hour,
          ),
        ).toBeLessThanOrEqual(5);
        for (const subject of subjects) {
          const issued = seen.filter((one) => one.issued && one.subject === subject);
          expect(most(issued, 7 * day)).toBeLessThanOrEqual(5);
        }
        for (const { after, left } of renewals)
          expect(after).toBeGreaterThanOrEqual(Math.min(Math.max(hour, left / 3), left / 2));
        for (const { at, until } of held) expect(until).toBeLessThanOrEqual(at);
      }),
    );
    // The world of the test is one in which orders are made.
    expect(orders).toBeGreaterThan(100);
    expect(renewed).toBeGreaterThan(10);
  });
});
