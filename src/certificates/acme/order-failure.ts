import { asProblem } from '../../context/parse.ts';
import { type ErrorCode, failure, OnePilotError } from '../../errors/catalogue.ts';
import type { ContextProblem } from '../../gateway/configuration.ts';
import { oneLine } from '../../report/harmless.ts';

/** What an order that failed means for the next. */
export interface OrderFailure {
  readonly problem: ContextProblem;
  /** Whether the CA may have counted it. */
  readonly isCounted: boolean;
  /** Whether it is about what was asked for, which a staging server would refuse as well. */
  readonly isOfName: boolean;
  /** Whether it is about the server itself: it is not there, or cannot be trusted. */
  readonly isOfServer: boolean;
  /** Whether a certificate was issued all the same. */
  readonly isIssued: boolean;
  /** Whether it is a fault of our own. */
  readonly isOurs: boolean;
}

/** The longest text of a problem, in characters: servers, and others in their place, say how long it is. */
const longestText = 6000;

/** The CA was not reached, or made no order. */
const notCounted: readonly ErrorCode[] = [
  'ACME_BINDING_MISSING',
  'ACME_BINDING_REFUSED',
  'ACME_CONTACT_REFUSED',
  'ACME_DIRECTORY_WRONG',
  'ACME_SERVER_NOT_TRUSTED',
  'ACME_SERVER_UNKNOWN',
];

const ofName: readonly ErrorCode[] = [
  'ACME_CAA',
  'ACME_CHALLENGE_ELSEWHERE',
  'ACME_CHALLENGE_TLS',
  'ACME_CHALLENGE_UNREACHABLE',
  'ACME_DNS',
  'ACME_IDENTIFIER_REFUSED',
  'ACME_REFUSED',
];

const ofServer: readonly ErrorCode[] = [
  'ACME_CLOCK',
  'ACME_SERVER_NOT_TRUSTED',
  'ACME_SERVER_UNKNOWN',
  'ACME_SERVER_UNREACHABLE',
];

/** @param error As `orderCertificate` throws it. */
export function orderFailure(error: unknown): OrderFailure {
  if (!(error instanceof OnePilotError)) {
    const reason = error instanceof Error ? error.message : String(error);
    const problem = bounded(asProblem(failure('ACME_STEP_FAILED', { reason })));
    const isNothingElse = { isOfName: false, isOfServer: false, isIssued: false };
    return { problem, isCounted: true, ...isNothingElse, isOurs: true };
  }
  return {
    problem: bounded(asProblem(error)),
    isCounted: !notCounted.includes(error.code),
    isOfName: ofName.includes(error.code),
    isOfServer: ofServer.includes(error.code),
    isIssued: error.code === 'ACME_CERTIFICATE_WRONG',
    isOurs: false,
  };
}

function bounded({ code, what, fix }: ContextProblem): ContextProblem {
  return { code, what: oneLine(what).slice(0, longestText), fix: oneLine(fix).slice(0, longestText) };
}
