import * as z from 'zod';
import { ContextProblem } from '../../gateway/configuration.ts';

/** Moments are ISO 8601 in UTC throughout. */
const moment = z.iso.datetime();

/** What went wrong at one attempt. */
export const AcmeFailure = z.strictObject({
  at: moment,
  /** Which part failed: before the CA was asked, at the staging server, at the real one. */
  stage: z.enum(['checks', 'staging', 'order']),
  problem: ContextProblem,
  /** In which way it was wanted (acme/subject.ts). */
  way: z.string().optional(),
});
export type AcmeFailure = z.infer<typeof AcmeFailure>;

/** An order at the real server. */
export const AcmeAttempt = z.strictObject({
  at: moment,
  /** What it was for, as in the record. */
  subject: z.string(),
  /** As it begins, an order is noted, so that the CA's limits hold whenever the power goes. */
  outcome: z.enum(['begun', 'failed', 'issued']),
});
export type AcmeAttempt = z.infer<typeof AcmeAttempt>;

/**
 * `/var/lib/onepilot-acme/record.json`: what was tried and what comes next, for the unit itself over reboots, for the
 * agent's report and for `onepilot certificate`. Written as a whole by the unit, and only when it changes. No secret.
 */
export const AcmeRecord = z.strictObject({
  /** What it is about (acme/subject.ts): another directory or another identifier begins another record. */
  subject: z.string(),
  /** When the next order is due. */
  next: moment,
  /** Why then: the first order, a renewal in its time or asked for by the CA (RFC 9773), or after a failure. */
  because: z.enum(['first', 'renewal', 'renewal-information', 'retry', 'asked']),
  /** Failures in a row; 0 after a success. */
  failures: z.int().min(0),
  /** Those of them that ended before the CA was asked. */
  failedChecks: z.int().min(0),
  /** The last of them; absent after a success. */
  lastFailure: AcmeFailure.optional(),
  /** The CA wants no order before (`Retry-After`, RFC 8555, section 6.6), not even one that somebody asks for. */
  notBefore: moment.optional(),
  /** Whether staging has to succeed before the real server is asked. */
  staging: z.boolean(),
  /** Orders at the real server, newest last, as far back as CAs count them: a week. */
  orders: z.array(AcmeAttempt),
  /** The certificate in stock, also when it is of another subject; absent before the first. */
  certificate: z
    .strictObject({
      /** Whose it is: of the record's own subject, or of the one before. Empty when that is not known. */
      subject: z.string(),
      issuer: z.string(),
      notBefore: moment,
      notAfter: moment,
      /** SHA-256 in hex pairs and colons. */
      fingerprint: z.string(),
      /** When it was got; what is left of it then may be little. */
      got: moment.optional(),
      /** Absent when the run that got it ended before it could say. */
      challenge: z.enum(['http-01', 'tls-alpn-01']).optional(),
    })
    .optional(),
  /** The CA's word on when to renew the certificate in stock (RFC 9773); absent where it has none. */
  renewalInformation: z
    .strictObject({ start: moment, end: moment, explanation: z.string().optional() })
    .optional(),
  /** When the CA is asked for that again, whether it had one or not; absent while it has not been asked. */
  askAgain: moment.optional(),
});
export type AcmeRecord = z.infer<typeof AcmeRecord>;
