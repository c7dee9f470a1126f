import { request } from 'node:https';
import { failure, OnePilotError } from '../../../errors/catalogue.ts';
import { translate } from '../translate.ts';
import { NoAnswer, Transport } from '../transport.ts';
import type { AcmeServer, AcmeWanted } from '../wanted.ts';
import { type Check, failed, passed } from './check.ts';

const minute = 60_000;

/** Milliseconds by which the clocks of VM and CA may differ: what is signed with them bears that. */
const tolerated = 5 * minute;

/** Milliseconds for one look at the clock of a server whose certificate seems out of date. */
const lookWithin = 10_000;

/** What TLS says of a certificate whose time is over or has not come, by the clock of this VM. */
const outOfDate = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);

const clock = 'the clock';

/** A moment that is over for certain, and what says so. */
export interface Past {
  readonly at: Date;
  /** As the end of «The clock says …, but». */
  readonly says: string;
}

/** Whether the clock is ahead of all that is known to be over. */
export function checkClock(now: Date, past: readonly Past[]): Check {
  const later = past.find(({ at }) => at > now);
  return later ? failed(clock, clockWrong(now, later.says)) : passed(clock, now.toISOString());
}

export interface ServerCheckOptions {
  readonly server: AcmeServer;
  readonly wanted: Pick<AcmeWanted, 'identifiers' | 'roots'>;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/** Whether the CA answers, and has the same time. What it answers is for the order to judge. */
export async function checkServer({ server, wanted, now, signal }: ServerCheckOptions): Promise<Check> {
  const about = `the CA, ${URL.parse(server.directory)?.host ?? server.directory}`;
  const transport = new Transport({ roots: wanted.roots, signal });
  try {
    const asked = { url: server.directory, method: 'GET', headers: {} };
    const trouble = await transport
      .repeat(() => transport.send(asked))
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    signal.throwIfAborted();
    const isOutOfDate = trouble instanceof NoAnswer && outOfDate.has(trouble.code);
    const time = isOutOfDate ? await timeAt(server.directory, signal) : transport.serverTime;
    if (time && Math.abs(time.getTime() - now().getTime()) > tolerated) {
      return failed(clock, clockWrong(now(), `the CA has ${time.toISOString()}`));
    }
    const problem = trouble instanceof NoAnswer && translate(trouble, { server, ...wanted });
    return problem instanceof OnePilotError ? failed(about, problem) : passed(about, 'it answers');
  } finally {
    transport.close();
  }
}

function clockWrong(now: Date, reason: string): OnePilotError {
  return failure('ACME_CLOCK', { now: now.toISOString(), reason });
}

/**
 * The time of a server that cannot be trusted, since that takes the right time. Nothing but the time is taken from it,
 * and all that comes of it is that the CA is not asked.
 */
function timeAt(url: string, signal: AbortSignal): Promise<Date | undefined> {
  const { promise, resolve } = Promise.withResolvers<Date | undefined>();
  const options = {
    method: 'HEAD',
    rejectUnauthorized: false,
    agent: false,
    signal: AbortSignal.any([signal, AbortSignal.timeout(lookWithin)]),
  };
  const asked = request(url, options, (response) => {
    response.resume();
    const time = Date.parse(response.headers.date ?? '');
    resolve(Number.isNaN(time) ? undefined : new Date(time));
  });
  asked.on('error', () => resolve(undefined));
  asked.end();
  return promise;
}
