import { z } from 'zod';
import { ContextProblem } from '../../gateway/configuration.ts';

/** Moments are ISO 8601 in UTC throughout. */
const moment = z.iso.datetime();

/** What went wrong at one attempt. */
export const AcmeFailure = z.strictObject({
  at: moment,
  /** Which part failed: before the CA was asked, at the staging server, at the real one. */
  stage: z.enum(['checks', 'staging', 'order']),
  problem: ContextProblem,
});
export type AcmeFailure = z.infer<typeof AcmeFailure>;

/**
 * `/var/lib/onepilot-acme/record.json`: what was tried and what comes next, for the unit itself over reboots, for the
 * agent's report and for `onepilot certificate`. Written as a whole by the unit, and only when it changes. No secret.
 */
export const AcmeRecord = z.strictObject({
  /** What it is about (acme/subject.ts): another directory or another identifier begins another record. */
  subject: z.string(),
  /** When a next step is due. */
  next: moment,
  /** Why then: the first order, a renewal in its time or asked for by the CA (RFC 9773), or after a failure. */
  because: z.enum(['first', 'renewal', 'renewal-information', 'retry', 'asked']),
  /** Failures in a row; 0 after a success. */
  failures: z.int().min(0),
  lastFailure: AcmeFailure.optional(),
  /** Whether staging has to succeed before the real server is asked. */
  staging: z.boolean(),
  /** Orders made at the real server, newest last, as far back as CAs count them: a week. */
  orders: z.array(moment),
  /** The certificate in stock; absent before the first. */
  certificate: z
    .strictObject({
      issuer: z.string(),
      notBefore: moment,
      notAfter: moment,
      /** SHA-256 in hex pairs and colons. */
      fingerprint: z.string(),
      challenge: z.enum(['http-01', 'tls-alpn-01']),
    })
    .optional(),
  /** The CA's word on when to renew (RFC 9773); absent where it has none. */
  renewalInformation: z
    .strictObject({ start: moment, end: moment, askAgain: moment, explanation: z.string().optional() })
    .optional(),
});
export type AcmeRecord = z.infer<typeof AcmeRecord>;
