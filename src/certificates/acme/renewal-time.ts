import { fractionOf } from './fraction.ts';
import type { AcmeRecord } from './record.ts';

const hour = 60 * 60_000;
const day = 24 * hour;

type Certificate = NonNullable<AcmeRecord['certificate']>;
type RenewalInformation = NonNullable<AcmeRecord['renewalInformation']>;

/** The part of its lifetime after which a certificate is renewed, and by how much that differs at most. */
const renewAfter = { part: 2 / 3, spread: 0.05 } as const;

/** When a certificate is renewed where the CA does not say: after 2/3 of its lifetime, give or take 5 % of that. */
export function ownRenewalTime({
  notBefore,
  notAfter,
  fingerprint,
}: Pick<Certificate, 'notBefore' | 'notAfter' | 'fingerprint'>): Date {
  const [start, end] = [Date.parse(notBefore), Date.parse(notAfter)];
  const part = renewAfter.part + (2 * fractionOf(fingerprint) - 1) * renewAfter.spread;
  return new Date(start + (end - start) * part);
}

/** The moment in the CA's window (RFC 9773, section 4.2) that is this certificate's, the same each time. */
export function momentInWindow(window: RenewalInformation, fingerprint: string): Date {
  const [start, end] = [Date.parse(window.start), Date.parse(window.end)];
  return new Date(start + (end - start) * fractionOf(fingerprint, window.start, window.end));
}

/**
 * When `certificate` is to be renewed and why then: the CA may want it earlier than we would, but not later. One that
 * wants each certificate renewed as it is issued is heeded once a day. One that has little of its lifetime left as it
 * is issued, since it is as old as what vouches for it or has been issued before, is kept for a part of what is left:
 * the next may be no better.
 */
export function renewalOf(
  certificate: Certificate,
  information: RenewalInformation | undefined,
): { at: Date; because: 'renewal' | 'renewal-information' } {
  const own = new Date(Math.max(ownRenewalTime(certificate).getTime(), keptUntil(certificate)));
  if (information) {
    const told = momentInWindow(information, certificate.fingerprint).getTime();
    const at = new Date(Math.max(told, earliest(certificate)));
    if (at < own) return { at, because: 'renewal-information' };
  }
  return { at: own, because: 'renewal' };
}

/** In milliseconds since 1970; of certificates that last for days it is a third of their time. */
function earliest(certificate: Certificate): number {
  const { from, left } = timeLeft(certificate);
  return from + Math.min(day, left / 3);
}

/** In milliseconds since 1970: a third of what is left, though an hour at least, or half of it where it is less. */
function keptUntil(certificate: Certificate): number {
  const { from, left } = timeLeft(certificate);
  return from + Math.min(Math.max(hour, left / 3), left / 2);
}

/** When it was got, and how long it lasted from then on; in milliseconds. */
function timeLeft({ notBefore, notAfter, got }: Certificate): { from: number; left: number } {
  const from = Math.max(Date.parse(notBefore), Date.parse(got ?? notBefore));
  return { from, left: Math.max(0, Date.parse(notAfter) - from) };
}
