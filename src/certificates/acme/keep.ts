import type { KeepFiles } from './keep-files.ts';
import { limitsOf } from './limits.ts';
import { lastUsedFirst, type NextStep, nextStep } from './next-step.ts';
import { type ChallengeKind, type Ordered, type OrderOptions, retryAfterOf } from './order.ts';
import { orderFailure } from './order-failure.ts';
import type { Past, Preflight } from './preflight.ts';
import type { AcmeFailure, AcmeRecord } from './record.ts';
import {
  attemptFailed,
  type Failed,
  orderBegun,
  orderIssued,
  renewalInformationAsked,
  stagingPassed,
} from './record-events.ts';
import type { RenewalInformationAnswer, RenewalInformationOptions } from './renewal-information.ts';
import { settle } from './settle.ts';
import type { Stock } from './stock.ts';
import { subjectOf, wayOf } from './subject.ts';
import type { AcmeServer, AcmeWanted } from './wanted.ts';

/** Everything a run has to do with the world. */
export interface KeepWorld {
  readonly files: KeepFiles;
  /** Directory for account keys and the order under way. */
  readonly state: string;
  /** Directory the gateway shows challenges from. */
  readonly challenges: string;
  /** When the image was built, if that is known: that is over for certain. */
  readonly past: readonly Past[];
  readonly now: () => Date;
  /** At least 0 and below 1. */
  readonly random: () => number;
  readonly log: (line: string) => void;
  readonly preflight: (wanted: AcmeWanted, server: AcmeServer, past: readonly Past[]) => Promise<Preflight>;
  readonly order: (options: OrderOptions) => Promise<Ordered>;
  readonly askRenewalInformation: (options: RenewalInformationOptions) => Promise<RenewalInformationAnswer>;
  /** What names the certificate that is renewed to its CA, if it can be named (RFC 9773, section 4.1). */
  readonly certificateIdentifier: (certificate: string) => Promise<string | undefined>;
  readonly signal: AbortSignal;
}

/**
 * Does what is due, as far as it goes: asks the CA for renewal information or a certificate, and notes what came of it.
 * Cut off anywhere, the next run goes on. Silent when nothing is due.
 * @param asked Whether a certificate is wanted now, due or not.
 * @throws what is no fault of the CA's or the network's; that is noted as well
 */
export async function keep(world: KeepWorld, asked: boolean): Promise<void> {
  const isAsked = (await world.files.takeAsked()) || asked;
  const wanted = await world.files.readWanted();
  const { server, staging } = wanted ?? {};
  await world.files.removeOrdersBut([server, staging].filter((one) => one !== undefined));
  if (!wanted) {
    world.log('No certificate of an ACME CA is wanted.');
    return;
  }
  const stock = await world.files.readStock(wanted.identifiers);
  const record = settle(await world.files.readRecord(), subjectOf(wanted), stock, world.now());
  await new Run(world, wanted, { record, stock }).go(isAsked);
}

interface State {
  readonly record: AcmeRecord;
  readonly stock: Stock | undefined;
}

type Due = Extract<NextStep, { do: 'order' }>;

class Run {
  readonly #world: KeepWorld;
  readonly #wanted: AcmeWanted;
  #record: AcmeRecord;
  #stock: Stock | undefined;

  constructor(world: KeepWorld, wanted: AcmeWanted, { record, stock }: State) {
    this.#world = world;
    this.#wanted = wanted;
    this.#record = record;
    this.#stock = stock;
  }

  async go(asked: boolean): Promise<void> {
    let hasAsked = asked;
    let hasGot = false;
    for (;;) {
      const step = this.#next(hasAsked);
      if (step.do === 'wait') {
        if (!hasAsked) return this.#waitUntil(step.until);
        this.#world.log(`The CA is not asked before ${step.until.toISOString()}: ${step.because}.`);
        hasAsked = false;
      } else if (step.do === 'ask renewal information') {
        await this.#askRenewalInformation();
      } else {
        // Whatever the certificate is like that has come, the next is for another run.
        if (hasGot || (await this.#attempt(step)) === 'failed') return this.#waitUntil();
        hasGot = step.at === 'server';
        if (hasGot) hasAsked = false;
      }
    }
  }

  #next(asked: boolean): NextStep {
    return nextStep(this.#record, {
      now: this.#world.now(),
      asked,
      way: wayOf(this.#wanted),
      staging: this.#wanted.staging !== undefined,
      limits: limitsOf(this.#wanted),
    });
  }

  /** The record says when it goes on, with all that holds it back. */
  async #waitUntil(until?: Date): Promise<void> {
    const step = until ? undefined : this.#next(false);
    const next = until ?? (step?.do === 'wait' ? step.until : undefined);
    await this.#note(next ? { ...this.#record, next: next.toISOString() } : this.#record);
    if (!until && next) this.#world.log(`It is tried again at ${next.toISOString()}.`);
  }

  async #note(record: AcmeRecord): Promise<void> {
    this.#record = record;
    await this.#world.files.writeRecord(record);
  }

  async #askRenewalInformation(): Promise<void> {
    const { now, signal, log, askRenewalInformation } = this.#world;
    const { server, roots } = this.#wanted;
    const certificate = this.#stock?.identity.certificate ?? '';
    const answer = await askRenewalInformation({ server, roots, certificate, now, signal });
    log(`Renewal information: ${answer.says}.`);
    await this.#note(renewalInformationAsked(this.#record, answer));
  }

  async #attempt(step: Due): Promise<'went well' | 'failed'> {
    const server = step.at === 'staging' ? this.#wanted.staging : this.#wanted.server;
    if (!server) throw new Error('There is no staging server.');
    const before = this.#record;
    const tried: { stage: AcmeFailure['stage']; kinds: readonly ChallengeKind[] } = {
      stage: 'checks',
      kinds: [],
    };
    try {
      const kinds = lastUsedFirst(await this.#check(server), before);
      tried.stage = step.at === 'staging' ? 'staging' : 'order';
      if (step.at === 'staging') {
        await (await this.#order(step, server, kinds)).stored();
        await this.#note(stagingPassed(before));
      } else {
        tried.kinds = kinds;
        await this.#note(orderBegun(before, this.#world.now(), kinds));
        await this.#keep(before, await this.#order(step, server, kinds), kinds);
      }
      return 'went well';
    } catch (error) {
      // A run that is told to stop leaves its order to the next.
      this.#world.signal.throwIfAborted();
      await this.#failed(before, error, { ...tried, at: step.at });
      return 'failed';
    }
  }

  /**
   * @returns kinds of challenge to try
   * @throws what shows that the CA would refuse for certain
   */
  async #check(server: AcmeServer): Promise<readonly ChallengeKind[]> {
    const { past, log, preflight } = this.#world;
    const stocked = this.#stock && {
      at: this.#stock.notBefore,
      says: `the certificate in stock is valid from ${this.#stock.notBefore.toISOString()} on`,
    };
    const { checks, kinds } = await preflight(this.#wanted, server, [...past, ...(stocked ? [stocked] : [])]);
    for (const { outcome, problem } of checks) {
      if (outcome === 'failed') throw problem;
      if (problem) log(`Perhaps: ${problem.message} ${problem.fix}`);
    }
    return kinds;
  }

  async #order(step: Due, server: AcmeServer, kinds: readonly ChallengeKind[]): Promise<Ordered> {
    const { state, challenges, log, signal, order, certificateIdentifier } = this.#world;
    const replaced = step.at === 'server' && step.replaces ? this.#stock : undefined;
    const replaces = replaced && (await certificateIdentifier(replaced.identity.certificate));
    log(
      `${step.at === 'staging' ? 'The staging server' : 'The CA'} is asked (${step.because}): ${server.directory}`,
    );
    return order({
      wanted: this.#wanted,
      server,
      state,
      challenges,
      kinds,
      ...(replaces !== undefined && { replaces }),
      keyInStock: this.#stock?.identity.key,
      log,
      signal,
    });
  }

  /** First the certificate, then the record: a run that ends between the two has got it all the same (settle.ts). */
  async #keep(
    before: AcmeRecord,
    { identity, challenge, stored }: Ordered,
    kinds: readonly ChallengeKind[],
  ): Promise<void> {
    await this.#world.files.writeIdentity(identity);
    const stock = await this.#world.files.readStock(this.#wanted.identifiers);
    if (!stock) throw new Error('The certificate that was written cannot be read.');
    await stored();
    this.#stock = stock;
    await this.#note(orderIssued(before, this.#world.now(), stock, challenge, kinds));
    this.#world.log(
      `${stock.issuer} issued a certificate by ${challenge}, good until ${stock.notAfter.toISOString()}.`,
    );
  }

  /** @throws `error` when it is a fault of our own */
  async #failed(
    before: AcmeRecord,
    error: unknown,
    { at, stage, kinds }: Pick<Failed, 'stage' | 'kinds'> & Pick<Due, 'at'>,
  ): Promise<void> {
    const { now, random, log } = this.#world;
    const { problem, isCounted, isOfName, isOfServer, isIssued, isOurs } = orderFailure(error);
    log(`It failed (${problem.code}): ${problem.what} ${problem.fix}`);
    const failed = attemptFailed(before, {
      now: now(),
      stage,
      problem,
      retryAfter: retryAfterOf(error),
      kinds: isCounted ? kinds : [],
      issued: isIssued,
      way: wayOf(this.#wanted),
      staging: isOfName && this.#wanted.staging !== undefined,
      stagingFails: at === 'staging' && (stage === 'checks' ? isOfServer : !isOfName),
      fraction: random(),
    });
    await this.#note(failed);
    if (isOurs) throw error;
  }
}
