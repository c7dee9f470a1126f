import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { momentInWindow, ownRenewalTime, renewalOf } from '../../../../src/certificates/acme/renewal-time.ts';
import { day, hour, later, start } from './records.ts';

const fingerprint = fc.uuid();

function certificate(days: number, of: string) {
  return {
    subject: '',
    issuer: '',
    notBefore: start.toISOString(),
    notAfter: later(days * day).toISOString(),
    fingerprint: of,
  };
}

describe('the moment of renewal', () => {
  test('is at two thirds of the lifetime, 5 % of it earlier or later at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fingerprint, (days, of) => {
        const part = (ownRenewalTime(certificate(days, of)).getTime() - start.getTime()) / (days * day);
        expect(part).toBeGreaterThanOrEqual(2 / 3 - 0.0501);
        expect(part).toBeLessThanOrEqual(2 / 3 + 0.0501);
      }),
    );
  });

  test('differs from certificate to certificate and uses the whole spread', () => {
    const parts = Array.from({ length: 400 }, (_, index) => ownRenewalTime(certificate(100, `${index}`)));
    const days = parts.map((moment) => (moment.getTime() - start.getTime()) / day);
    expect(new Set(days).size).toBe(400);
    expect(Math.min(...days)).toBeLessThan(62.5);
    expect(Math.max(...days)).toBeGreaterThan(71);
  });

  test('in a window of the CA is inside it and the same each time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30 * day }), fingerprint, (length, of) => {
        const window = { start: start.toISOString(), end: later(length).toISOString() };
        const moment = momentInWindow(window, of);
        expect(moment.getTime()).toBeGreaterThanOrEqual(start.getTime());
        expect(moment.getTime()).toBeLessThanOrEqual(start.getTime() + length);
        expect(momentInWindow(window, of)).toEqual(moment);
      }),
    );
  });

  test('is the CA’s when that is earlier, else one’s own', () => {
    const own = certificate(90, 'AA');
    const early = { start: later(2 * day).toISOString(), end: later(3 * day).toISOString() };
    const late = { start: later(80 * day).toISOString(), end: later(81 * day).toISOString() };
    expect(renewalOf(own, early)).toEqual({
      at: momentInWindow(early, 'AA'),
      because: 'renewal-information',
    });
    expect(renewalOf(own, late)).toEqual({ at: ownRenewalTime(own), because: 'renewal' });
    expect(renewalOf(own, undefined)).toEqual({ at: ownRenewalTime(own), because: 'renewal' });
  });

  test('leaves one that is old as it is issued for a third of what is left, an hour, or half of less', () => {
    const old = (left: number) => ({
      ...certificate(90, 'AA'),
      got: later(90 * day - left).toISOString(),
    });
    const keptFor = (left: number) =>
      renewalOf(old(left), undefined).at.getTime() - later(90 * day - left).getTime();
    expect(keptFor(9 * day)).toBe(3 * day);
    expect(keptFor(2.5 * hour)).toBe(hour);
    expect(keptFor(hour)).toBe(hour / 2);
    const past = { start: later(-2 * day).toISOString(), end: later(-day).toISOString() };
    expect(renewalOf(old(9 * day), past).at).toEqual(later(82 * day));
  });

  test('is a day after the certificate was made at the earliest, or after a third of a short time', () => {
    const past = { start: later(-2 * day).toISOString(), end: later(-day).toISOString() };
    expect(renewalOf(certificate(90, 'AA'), past)).toEqual({
      at: later(day),
      because: 'renewal-information',
    });
    expect(renewalOf(certificate(1, 'AA'), past)).toEqual({
      at: later(8 * hour),
      because: 'renewal-information',
    });
  });
});
