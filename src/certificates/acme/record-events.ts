import type { ContextProblem } from '../../gateway/configuration.ts';
import { delayAfter, delayWhileServed } from './backoff.ts';
import type { ChallengeKind } from './order.ts';
import type { AcmeAttempt, AcmeFailure, AcmeRecord } from './record.ts';
import { scheduled } from './settle.ts';
import type { Stock } from './stock.ts';

/** The record after each thing that can happen. Pure, all of it. */

/** One kind of challenge after the other may be tried: an order for each. */
export function orderBegun(record: AcmeRecord, now: Date, kinds: readonly ChallengeKind[]): AcmeRecord {
  const begun = kinds.map(() => attempt(record, now, 'begun'));
  return { ...record, orders: [...record.orders, ...begun] };
}

/** @param kinds As they were tried, up to the one that went well. */
export function orderIssued(
  before: AcmeRecord,
  now: Date,
  stock: Stock,
  challenge: ChallengeKind,
  kinds: readonly ChallengeKind[],
): AcmeRecord {
  const failed = kinds.slice(0, Math.max(0, kinds.indexOf(challenge)));
  return scheduled({
    subject: before.subject,
    next: now.toISOString(),
    because: 'renewal',
    failures: 0,
    failedChecks: 0,
    staging: false,
    orders: [
      ...before.orders,
      ...failed.map(() => attempt(before, now, 'failed')),
      attempt(before, now, 'issued'),
    ],
    certificate: {
      subject: before.subject,
      issuer: stock.issuer,
      notBefore: stock.notBefore.toISOString(),
      notAfter: stock.notAfter.toISOString(),
      fingerprint: stock.fingerprint,
      got: now.toISOString(),
      challenge,
    },
  });
}

/** The staging server gave a certificate: the real one may be asked. */
export function stagingPassed(record: AcmeRecord): AcmeRecord {
  return { ...record, staging: false };
}

export interface Failed {
  readonly now: Date;
  readonly stage: AcmeFailure['stage'];
  readonly problem: ContextProblem;
  /** When the CA wants to be asked again. */
  readonly retryAfter?: Date | undefined;
  /** Orders that the CA may have counted. */
  readonly kinds: readonly ChallengeKind[];
  /** Whether the last of them came to a certificate, which is of no use: the CA has issued it all the same. */
  readonly issued?: boolean;
  /** In which way a certificate was wanted (subject.ts). */
  readonly way: string;
  /** Whether staging has to go well before the real server is asked again. */
  readonly staging: boolean;
  /** Whether it is the staging server that is in trouble: then it has no say in what the real one is asked. */
  readonly stagingFails?: boolean;
  /** At least 0 and below 1, drawn: spreads the next attempt. */
  readonly fraction: number;
}

export function attemptFailed(before: AcmeRecord, failed: Failed): AcmeRecord {
  const { now, stage, problem, retryAfter, kinds, way, fraction } = failed;
  const isLastIssued = (index: number) => failed.issued === true && index === kinds.length - 1;
  const failures = before.failures + 1;
  const failedChecks = before.failedChecks + (stage === 'checks' ? 1 : 0);
  const inARow = stage === 'checks' ? failedChecks : failures - failedChecks;
  const delay = delayAfter(stage, inARow, fraction);
  const own = before.certificate?.subject === before.subject ? before.certificate : undefined;
  const left = own ? Date.parse(own.notAfter) - now.getTime() : 0;
  const { notBefore: _, ...kept } = before;
  return {
    ...kept,
    next: new Date(now.getTime() + delayWhileServed(delay, left)).toISOString(),
    because: 'retry',
    failures,
    failedChecks,
    lastFailure: { at: now.toISOString(), stage, problem, way },
    staging: !failed.stagingFails && (before.staging || (failed.staging && stage === 'order' && !own)),
    orders: [
      ...before.orders,
      ...kinds.map((_, index) => attempt(before, now, isLastIssued(index) ? 'issued' : 'failed')),
    ],
    ...(retryAfter && !failed.stagingFails && { notBefore: retryAfter.toISOString() }),
  };
}

/** What the CA said when it was asked for renewal information, and when it is asked again. */
export function renewalInformationAsked(
  { renewalInformation: had, ...record }: AcmeRecord,
  answer: { readonly window?: AcmeRecord['renewalInformation']; readonly askAgain: Date },
): AcmeRecord {
  const renewalInformation = answer.window ?? had;
  return scheduled({
    ...record,
    ...(renewalInformation && { renewalInformation }),
    askAgain: answer.askAgain.toISOString(),
  });
}

function attempt({ subject }: AcmeRecord, now: Date, outcome: AcmeAttempt['outcome']): AcmeAttempt {
  return { at: now.toISOString(), subject, outcome };
}
