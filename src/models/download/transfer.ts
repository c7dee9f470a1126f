import { setTimeout as sleep } from 'node:timers/promises';
import { failure, type OnePilotError } from '../../errors/catalogue.ts';
import { sourceText } from '../source.ts';
import { type PartialNote, writePartialNote } from '../store/partials.ts';
import { ArrivingBody } from './arriving-body.ts';
import { type FetchTimes, mostAttempts, pauseAfter, TransientFault } from './fault.ts';
import type { FetchRequest } from './fetch-request.ts';
import { type HubFacts, hubAddress, hubUrl } from './hub.ts';
import { type Answer, openAnswer } from './open-answer.ts';
import type { PartialFile } from './partial-file.ts';
import { planAnswer, rangeHeaders, requireAgreement } from './plan-answer.ts';
import type { ProgressTeller } from './progress.ts';
import { requireSpace } from './space.ts';
import { networkFault } from './status.ts';
import { Watchdog } from './watchdog.ts';

/** Bytes between two looks at the space that is left. */
const spaceCheckEvery = 64 * 1024 * 1024;

/** Bytes that may be in memory, received but not written. */
const mostUnwritten = 4 * 1024 * 1024;

export interface TransferJob {
  readonly request: FetchRequest;
  readonly partial: PartialFile;
  readonly times: FetchTimes;
  readonly teller: ProgressTeller;
  readonly signal?: AbortSignal | undefined;
  /** Whether the store has a file under the name that this content would get. */
  readonly isStored: (sha256: string) => Promise<boolean>;
}

/** Brings the rest of a file, in as many attempts as it takes. */
export class Transfer {
  readonly #job: TransferJob;
  #note: PartialNote;
  #wasAnswered = false;
  #wasRangeRefused = false;

  /** @param note What was known when the last process left off. */
  constructor(job: TransferJob, note: PartialNote) {
    this.#job = job;
    this.#note = note;
  }

  /** What is known of the file by now. */
  get note(): PartialNote {
    return this.#note;
  }

  /**
   * @returns `whole` when all bytes are in the partial file, `stored` when the store has them under another name
   * @throws the errors of `openAnswer` and `planAnswer`, MODEL_FETCH_UNREACHABLE, MODEL_FETCH_INTERRUPTED,
   * MODEL_FETCH_NO_SPACE, what the file system throws, what the signal says
   */
  async run(): Promise<'whole' | 'stored'> {
    const { partial, times, teller, signal } = this.#job;
    let failed = 0;
    let furthest = partial.size;
    while (true) {
      try {
        return await this.#attempt();
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof TransientFault)) throw error;
        this.#wasAnswered ||= error.answered;
        // Bytes that had been here before do not count, or a server without ranges could go on for ever.
        failed = partial.size > furthest ? 1 : failed + 1;
        furthest = Math.max(furthest, partial.size);
        if (failed >= mostAttempts) throw this.#givenUp(error, failed);
        const pause = pauseAfter(failed, error, times, Math.random());
        const retryAt = new Date(Date.now() + pause).toISOString();
        teller.change({ state: 'retrying', reason: error.message, retryAt, attempt: failed });
        await sleep(pause, undefined, signal ? { signal } : {});
      }
    }
  }

  #givenUp(error: TransientFault, attempts: number): OnePilotError {
    const { source } = this.#job.request;
    const received = this.#job.partial.size;
    if (this.#wasAnswered || received > 0) {
      const values = { source: sourceText(source), attempts, reason: error.message, received };
      return failure('MODEL_FETCH_INTERRUPTED', values, { cause: error });
    }
    const values = { server: this.#url().host, source: sourceText(source), reason: error.message };
    return failure('MODEL_FETCH_UNREACHABLE', values, { cause: error });
  }

  #url(): URL {
    const { source, mirror } = this.#job.request;
    if (source.kind === 'web') return new URL(source.url);
    // The commit, where one is known: the branch may have moved since the first bytes came.
    return hubUrl(mirror ?? hubAddress, source, this.#note.commit ?? source.revision);
  }

  async #attempt(): Promise<'whole' | 'stored'> {
    const { request, partial, times, signal } = this.#job;
    const { size } = this.#note;
    if (size !== undefined && partial.size === size) return 'whole';
    const watchdog = new Watchdog();
    const either = AbortSignal.any([watchdog.signal, ...(signal ? [signal] : [])]);
    const address = { source: request.source, url: this.#url(), token: request.token };
    const late = () => new TransientFault(`no answer came in time (${address.url.host})`, false);
    watchdog.expect(times.answer, late);
    try {
      const conditions = (url: URL, facts: HubFacts) => {
        requireAgreement(request, address.url.host, facts);
        return rangeHeaders(partial.size, this.#note, url, facts);
      };
      const answer = await openAnswer(address, conditions, either);
      this.#wasAnswered = true;
      const body = this.#bodyOf(answer, watchdog, either);
      if ((await this.#prepare(answer)) === 'stored') return 'stored';
      await this.#receive(body);
      return 'whole';
    } catch (error) {
      throw this.#withoutCommit(error);
    } finally {
      // Closes the connection, unless the answer came to its end.
      watchdog.end();
    }
  }

  /** A commit can vanish from the hub when a branch is written anew: then the branch itself is asked again. */
  #withoutCommit(error: unknown): unknown {
    const { source } = this.#job.request;
    const { commit, ...note } = this.#note;
    const isGone = failureCode(error) === 'MODEL_FETCH_NOT_FOUND';
    if (!isGone || source.kind !== 'hub' || commit === undefined || commit === source.revision) return error;
    this.#note = note;
    return new TransientFault('the commit that was being fetched is gone', true);
  }

  /** Makes ready for the bytes of an answer: decides what of the file stays, and notes what is known of it. */
  async #prepare(answer: Answer): Promise<'stored' | 'wanted'> {
    const { request, partial, isStored } = this.#job;
    const plan = planAnswer({ request, note: this.#note, received: partial.size, answer });
    if (!plan.keep) await partial.restart();
    await this.#remember(plan.note);
    if (plan.action === 'ask-again') {
      if (answer.response.status === 416 && this.#wasRangeRefused) throw plan.last;
      this.#wasRangeRefused ||= answer.response.status === 416;
      throw new TransientFault(plan.reason, true);
    }
    if (partial.size === 0 && plan.note.sha256 !== undefined && (await isStored(plan.note.sha256))) {
      return 'stored';
    }
    await this.#requireSpace();
    return 'wanted';
  }

  async #remember(note: PartialNote): Promise<void> {
    if (JSON.stringify(note) !== JSON.stringify(this.#note)) {
      await writePartialNote(this.#job.request.store, this.#job.request.source, note);
    }
    this.#note = note;
  }

  async #requireSpace(): Promise<void> {
    const { source, store, reserve = 0 } = this.#job.request;
    const received = this.#job.partial.size;
    const need = (this.#note.size ?? received) - received;
    await requireSpace({ source: sourceText(source), path: store, need, reserve });
  }

  async #receive(body: ArrivingBody): Promise<void> {
    const { partial, teller, signal } = this.#job;
    const { size } = this.#note;
    let checkedAt = partial.size;
    teller.begin(partial.size, size);
    for await (const part of body) {
      signal?.throwIfAborted();
      await partial.append(part.subarray(0, (size ?? Number.POSITIVE_INFINITY) - partial.size));
      teller.receive(partial.size, size);
      if (partial.size === size) return;
      if (partial.size - checkedAt < spaceCheckEvery) continue;
      checkedAt = partial.size;
      await this.#requireSpace();
    }
    if (size !== undefined && partial.size < size) {
      throw new TransientFault(`the answer ended after ${partial.size} of ${size} bytes`, true);
    }
  }

  #bodyOf({ response, hop }: Answer, watchdog: Watchdog, signal: AbortSignal): ArrivingBody {
    const { stall } = this.#job.times;
    const reader = response.body?.getReader();
    const next = async () => {
      watchdog.expect(stall, () => new TransientFault(`no byte came in time (${hop.url.host})`, true));
      try {
        return (await reader?.read())?.value;
      } catch (error) {
        signal.throwIfAborted();
        throw networkFault(error, hop);
      } finally {
        watchdog.rest();
      }
    };
    return new ArrivingBody(next, mostUnwritten);
  }
}

function failureCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
