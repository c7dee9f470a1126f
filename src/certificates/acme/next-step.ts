import { allowedFrom, type Limits } from './limits.ts';
import { type ChallengeKind, kindsOfChallenge } from './pending-order.ts';
import type { AcmeRecord } from './record.ts';

const minute = 60_000;

/** Milliseconds between two attempts that somebody asks for: staging servers have limits as well. */
const betweenAsked = minute;

/** What is to be done, decided from a settled record (settle.ts). */
export type NextStep =
  | { readonly do: 'wait'; readonly until: Date; readonly because: string }
  | {
      readonly do: 'order';
      readonly at: 'staging' | 'server';
      readonly because: AcmeRecord['because'];
      /** Whether the certificate in stock is the one that is renewed. */
      readonly replaces: boolean;
    }
  | { readonly do: 'ask renewal information' };

export interface Circumstances {
  readonly now: Date;
  /** Somebody wants a certificate now. */
  readonly asked: boolean;
  /** In which way it is wanted (subject.ts): what failed in another may go well. */
  readonly way: string;
  /** Whether there is a staging server. */
  readonly staging: boolean;
  readonly limits: Limits;
}

/** Pure. */
export function nextStep(record: AcmeRecord, { now, asked, way, staging, limits }: Circumstances): NextStep {
  const due = dueAt(record, now, asked, way);
  const holds = [due, ...holdsOf(record, now, limits)];
  const last = holds.reduce((latest, hold) => (hold.at > latest.at ? hold : latest), due);
  const own = record.certificate?.subject === record.subject;
  if (last.at <= now) {
    return {
      do: 'order',
      at: record.staging && staging ? 'staging' : 'server',
      because: asked ? 'asked' : record.because,
      replaces: own,
    };
  }
  if (own && Date.parse(record.askAgain ?? now.toISOString()) <= now.getTime()) {
    return { do: 'ask renewal information' };
  }
  return { do: 'wait', until: last.at, because: last.says };
}

interface Hold {
  readonly at: Date;
  readonly says: string;
}

/** When an attempt is due, whatever the CA bears. */
function dueAt(record: AcmeRecord, now: Date, asked: boolean, way: string): Hold {
  const { lastFailure } = record;
  if (asked) {
    const at = lastFailure ? new Date(Date.parse(lastFailure.at) + betweenAsked) : now;
    return { at, says: 'the last attempt failed less than a minute ago' };
  }
  if (lastFailure?.way !== undefined && lastFailure.way !== way) {
    return { at: now, says: 'it is wanted in another way' };
  }
  return { at: new Date(record.next), says: reasons[record.because] };
}

const reasons: Readonly<Record<AcmeRecord['because'], string>> = {
  first: 'there is no certificate yet',
  renewal: 'it is renewed after two thirds of its lifetime',
  'renewal-information': 'the CA wants it renewed then',
  retry: 'the last attempt failed',
  asked: 'somebody asked for it',
};

/** What keeps from asking the CA, even if somebody wants it. */
function holdsOf(record: AcmeRecord, now: Date, limits: Limits): Hold[] {
  const { notBefore, orders, subject } = record;
  const limit = allowedFrom(limits, orders, subject, now, kindsOfChallenge);
  return [
    ...(notBefore === undefined ? [] : [{ at: new Date(notBefore), says: 'the CA wants no order before' }]),
    ...(limit ? [limit] : []),
  ];
}

/** The kind that got the certificate in stock before the others: what cannot be seen from here has not stopped it. */
export function lastUsedFirst(
  kinds: readonly ChallengeKind[],
  { certificate, subject }: AcmeRecord,
): readonly ChallengeKind[] {
  const last = certificate?.subject === subject ? certificate.challenge : undefined;
  return kinds.toSorted((a, b) => Number(b === last) - Number(a === last));
}
