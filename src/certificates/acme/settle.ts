import { longestDelay } from './backoff.ts';
import { remembered } from './limits.ts';
import type { AcmeAttempt, AcmeRecord } from './record.ts';
import { renewalOf } from './renewal-time.ts';
import type { Stock } from './stock.ts';

const day = 24 * 60 * 60_000;

/** Longest time, in milliseconds, between questions for renewal information (RFC 9773, section 4.3.2). */
export const longestBetweenQuestions = day;

/** Longest time, in milliseconds, for which a CA is believed that it wants no order; the longest known is a week. */
export const longestRetryAfter = 8 * day;

/**
 * The record as it is to be read at `now`: begun when there is none or it is about something else, with the
 * certificate that is really in stock, and without what the clock, set back since, makes impossible. Pure; settling
 * twice is settling once.
 */
export function settle(
  record: AcmeRecord | undefined,
  subject: string,
  stock: Stock | undefined,
  now: Date,
): AcmeRecord {
  const certificate = certificateInStock(record, subject, stock, now);
  const gained = certificate !== undefined && certificate.fingerprint !== record?.certificate?.fingerprint;
  const orders = remember(record?.orders ?? [], gained, now);
  if (record?.subject !== subject || (gained && certificate.subject === subject)) {
    return scheduled({ ...begun(subject, now), orders, ...(certificate && { certificate }) });
  }
  const { certificate: _, renewalInformation, askAgain, ...kept } = withoutFuture(record, now);
  return scheduled({
    ...kept,
    orders,
    ...(certificate && { certificate }),
    ...(certificate && renewalInformation && { renewalInformation }),
    ...(certificate && askAgain && { askAgain }),
  });
}

/** A record of which nothing has been tried yet. */
function begun(subject: string, now: Date): AcmeRecord {
  return {
    subject,
    next: now.toISOString(),
    because: 'first',
    failures: 0,
    failedChecks: 0,
    staging: false,
    orders: [],
  };
}

/** Without a failure, what comes next follows from the certificate. After one it was drawn, and stays. */
export function scheduled(record: AcmeRecord): AcmeRecord {
  const { certificate, failures } = record;
  if (failures > 0) return record;
  if (certificate?.subject !== record.subject) return { ...record, because: 'first' };
  const { at, because } = renewalOf(certificate, record.renewalInformation);
  return { ...record, next: at.toISOString(), because };
}

/**
 * The certificate is written before the record: one that the record does not know was got by a run that ended
 * between the two, for what the record says was tried.
 */
function certificateInStock(
  record: AcmeRecord | undefined,
  subject: string,
  stock: Stock | undefined,
  now: Date,
): AcmeRecord['certificate'] {
  if (!stock) return undefined;
  const known = record?.certificate;
  if (known?.fingerprint === stock.fingerprint) {
    const isAhead = known.got !== undefined && Date.parse(known.got) > now.getTime();
    return isAhead ? { ...known, got: now.toISOString() } : known;
  }
  const tried = record?.subject ?? subject;
  return {
    subject: tried === subject && !stock.covers ? '' : tried,
    issuer: stock.issuer,
    notBefore: stock.notBefore.toISOString(),
    notAfter: stock.notAfter.toISOString(),
    fingerprint: stock.fingerprint,
    got: now.toISOString(),
  };
}

/** The orders that CAs may still count, none of them in the future. */
function remember(orders: readonly AcmeAttempt[], issued: boolean, now: Date): AcmeAttempt[] {
  return orders
    .map((order) => (Date.parse(order.at) > now.getTime() ? { ...order, at: now.toISOString() } : order))
    .map((order, index, all) => {
      const last = index === all.length - 1;
      return issued && last && order.outcome === 'begun' ? { ...order, outcome: 'issued' as const } : order;
    })
    .filter(({ at }) => Date.parse(at) > now.getTime() - remembered);
}

/**
 * A clock that was ahead has left moments that would not come for a long time, and failures that may have been its own:
 * what they held back is due.
 */
function withoutFuture(record: AcmeRecord, now: Date): AcmeRecord {
  const { notBefore, askAgain, lastFailure, ...kept } = record;
  const within = (moment: string | undefined, longest: number) =>
    moment !== undefined && Date.parse(moment) <= now.getTime() + longest;
  const asks = within(askAgain, longestBetweenQuestions) && askAgain !== undefined && { askAgain };
  if (record.failures === 0 || !within(lastFailure?.at, 0)) {
    const next = within(record.next, 0) ? record.next : now.toISOString();
    return { ...kept, ...asks, next, failures: 0, failedChecks: 0 };
  }
  const isHeld = within(notBefore, longestRetryAfter) && notBefore !== undefined;
  const isComing = within(record.next, isHeld ? longestRetryAfter : longestDelay);
  return {
    ...kept,
    ...asks,
    ...(lastFailure && { lastFailure }),
    ...(isHeld && { notBefore }),
    ...(!isComing && { next: now.toISOString() }),
  };
}
