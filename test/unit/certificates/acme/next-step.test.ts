import { describe, expect, test } from 'vitest';
import { limitsOf } from '../../../../src/certificates/acme/limits.ts';
import { type Circumstances, nextStep } from '../../../../src/certificates/acme/next-step.ts';
import type { AcmeAttempt, AcmeRecord } from '../../../../src/certificates/acme/record.ts';
import {
  attemptFailed,
  orderIssued,
  stagingPassed,
} from '../../../../src/certificates/acme/record-events.ts';
import { renewalOf } from '../../../../src/certificates/acme/renewal-time.ts';
import { settle } from '../../../../src/certificates/acme/settle.ts';
import { day, hour, later, minute, problem, recordWith, start, stocked, subject, wanted } from './records.ts';

const kinds = ['http-01', 'tls-alpn-01'] as const;

function at(now: Date, fields: Partial<Circumstances> = {}): Circumstances {
  return { now, asked: false, way: 'one', staging: true, limits: limitsOf(wanted), ...fields };
}

function failedOnce(
  before: AcmeRecord,
  fields: Partial<Parameters<typeof attemptFailed>[1]> = {},
): AcmeRecord {
  return attemptFailed(before, {
    now: start,
    stage: 'order',
    problem,
    kinds,
    way: 'one',
    staging: true,
    fraction: 0.5,
    ...fields,
  });
}

/** Got at the start, with the CA asked for its renewal information just then. */
function issued(days = 90): AcmeRecord {
  const record = orderIssued(recordWith({}), start, stocked(start, days), 'http-01', kinds);
  return { ...record, askAgain: later(day).toISOString() };
}

const orders = (count: number, outcome: AcmeAttempt['outcome'], when = start): AcmeAttempt[] =>
  Array.from({ length: count }, () => ({ at: when.toISOString(), subject, outcome }));

describe('without a certificate', () => {
  test('the real server is asked at once', () => {
    const step = nextStep(settle(undefined, subject, undefined, start), at(start));
    expect(step).toEqual({ do: 'order', at: 'server', because: 'first', replaces: false });
  });

  test('after a failure it is waited, then staging is asked, and the real server when that went well', () => {
    const record = failedOnce(recordWith({}));
    expect(nextStep(record, at(later(minute)))).toMatchObject({ do: 'wait', until: new Date(record.next) });
    const due = new Date(record.next);
    expect(nextStep(record, at(due))).toMatchObject({ do: 'order', at: 'staging', because: 'retry' });
    expect(nextStep(stagingPassed(record), at(due))).toMatchObject({ do: 'order', at: 'server' });
  });

  test('where there is no staging server the real one is asked again', () => {
    const record = failedOnce(recordWith({}));
    const step = nextStep(record, at(new Date(record.next), { staging: false }));
    expect(step).toMatchObject({ do: 'order', at: 'server' });
  });

  test('a staging server that is in trouble itself has no say in it', () => {
    const of = { stage: 'staging', kinds: [] } as const;
    const refused = failedOnce(failedOnce(recordWith({})), of);
    expect(nextStep(refused, at(new Date(refused.next)))).toMatchObject({ at: 'staging' });
    const retryAfter = later(7 * day);
    const gone = failedOnce(failedOnce(recordWith({})), { ...of, stagingFails: true, retryAfter });
    expect(nextStep(gone, at(new Date(gone.next)))).toMatchObject({ do: 'order', at: 'server' });
    // What it is asked for and refuses, it is to be asked for at staging first.
    expect(nextStep(failedOnce(gone), at(later(2 * day)))).toMatchObject({ do: 'order', at: 'staging' });
  });

  test('what failed before the CA was asked needs no staging', () => {
    const record = failedOnce(recordWith({}), { stage: 'checks', kinds: [] });
    expect(nextStep(record, at(new Date(record.next)))).toMatchObject({ do: 'order', at: 'server' });
  });

  test('another way of wanting it is tried at once', () => {
    const record = failedOnce(recordWith({}));
    const now = later(5 * minute);
    expect(nextStep(record, at(now, { way: 'another' }))).toMatchObject({ do: 'order' });
    expect(nextStep(record, at(now))).toMatchObject({ do: 'wait' });
  });

  test('a CA that wants no order for a while gets none, whoever asks', () => {
    const record = failedOnce(recordWith({}), { retryAfter: later(3 * day) });
    for (const asked of [false, true]) {
      const step = nextStep(record, at(later(2 * day), { asked }));
      expect(step).toEqual({ do: 'wait', until: later(3 * day), because: 'the CA wants no order before' });
      expect(nextStep(record, at(later(3 * day), { asked }))).toMatchObject({ do: 'order' });
    }
  });
});

describe('with a certificate', () => {
  test('nothing is done until it is to be renewed, then the real server is asked in its stead', () => {
    const record = issued();
    const { at: due } = renewalOf(record.certificate ?? expect.fail(), undefined);
    const asked = { ...record, askAgain: later(80 * day).toISOString() };
    expect(nextStep(asked, at(new Date(due.getTime() - 1)))).toMatchObject({ do: 'wait', until: due });
    expect(nextStep(asked, at(due))).toEqual({
      do: 'order',
      at: 'server',
      because: 'renewal',
      replaces: true,
    });
  });

  test('the CA is asked when it wants it renewed, and again when that is due', () => {
    const { askAgain: _, ...unasked } = issued();
    expect(nextStep(unasked, at(later(1)))).toEqual({ do: 'ask renewal information' });
    expect(nextStep(issued(), at(later(hour)))).toMatchObject({ do: 'wait' });
    expect(nextStep(issued(), at(later(day)))).toEqual({ do: 'ask renewal information' });
  });

  test('a renewal that failed is no new name: staging is not asked', () => {
    const record = failedOnce(issued());
    expect(nextStep(record, at(new Date(record.next)))).toMatchObject({ do: 'order', at: 'server' });
  });

  test('an attempt falls before the last third of what is left of it', () => {
    const many = { ...issued(6), failures: 20 };
    const now = later(5.5 * day);
    const end = Date.parse(many.certificate?.notAfter ?? '');
    const { next } = failedOnce(many, { now, fraction: 0.99 });
    expect(Date.parse(next)).toBeLessThanOrEqual(end - (end - now.getTime()) / 3);
  });

  test('somebody may ask for another at once, though not a sixth in a week', () => {
    const step = nextStep(issued(), at(later(minute), { asked: true }));
    expect(step).toMatchObject({ do: 'order', because: 'asked' });
    const often = { ...issued(), orders: orders(5, 'issued') };
    expect(nextStep(often, at(later(minute), { asked: true }))).toEqual({
      do: 'wait',
      until: later(7 * day),
      because: 'CAs bear 5 certificates a week for the same names',
    });
    expect(nextStep(often, at(later(7 * day), { asked: true }))).toMatchObject({ do: 'order' });
  });

  test('one’s own CA, named by its roots, may be asked for more', () => {
    const often = { ...issued(), orders: orders(50, 'issued') };
    const limits = limitsOf({ ...wanted, roots: 'PEM' });
    expect(nextStep(often, at(later(minute), { asked: true, limits }))).toMatchObject({ do: 'order' });
  });
});

describe('the CA’s limits', () => {
  test('are kept with a public one whatever roots are named beside it', () => {
    const server = { directory: 'https://acme-v02.api.letsencrypt.org/directory' };
    const limits = limitsOf({ server, roots: 'PEM' });
    const often = { ...issued(), orders: orders(5, 'issued') };
    expect(nextStep(often, at(later(minute), { asked: true, limits }))).toMatchObject({ do: 'wait' });
  });

  test('count a certificate that is of no use as one that was issued', () => {
    const { orders: counted } = failedOnce(recordWith({}), { issued: true });
    expect(counted.map(({ outcome }) => outcome)).toEqual(['failed', 'issued']);
  });

  test('leave room for both kinds of challenge to fail', () => {
    const record = (count: number) => recordWith({ orders: orders(count, 'failed') });
    expect(nextStep(record(3), at(later(minute)))).toMatchObject({ do: 'order' });
    expect(nextStep(record(4), at(later(minute)))).toEqual({
      do: 'wait',
      until: later(hour),
      because: 'CAs bear 5 failed validations an hour',
    });
  });

  test('count an order that was cut off as one that failed', () => {
    const record = recordWith({ orders: orders(4, 'begun') });
    expect(nextStep(record, at(later(minute)))).toMatchObject({ do: 'wait', until: later(hour) });
  });
});
