import { extname } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { failure } from '../../errors/catalogue.ts';
import type { Accountant, Served } from '../accounts/served.ts';
import type { LedgerAnswer, LedgerOrder, LedgerResult, LedgerWorkerData } from './messages.ts';
import type { Usage, UsageQuery } from './usage.ts';

export interface LedgerOptions extends LedgerWorkerData {
  /** Told when the ledger cannot be written, and when it can again; never twice in a row of the same. */
  readonly log: (line: object, message: string) => void;
  /** Milliseconds that a request waits to be written at most. */
  readonly interval?: number;
  /** Requests that may wait; those beyond are dropped and counted. */
  readonly capacity?: number;
}

/** Counts since the gateway started. */
export interface LedgerState {
  readonly written: number;
  /** Lost: too many were waiting, or the database refused them. */
  readonly dropped: number;
  readonly waiting: number;
  /** Batches that could not be written. */
  readonly failures: number;
  /** Files that were moved aside: damaged, or of a later version. */
  readonly movedAside: number;
}

const defaultInterval = 500;
/** About 4 MB. */
const defaultCapacity = 10_000;
/** Requests that are handed over without waiting for the interval: a longer message would hold up streams. */
const fullBatch = 250;
/** Batches that the thread may have before the next is kept back. */
const mostBatchesUnderWay = 2;
/** Milliseconds after which a thread that ended is started again. */
const restartPause = 10_000;
/** Milliseconds that the last batch may take at the end. */
const closingDeadline = 5000;

/**
 * Writes down who used how much, in a thread of its own: a slow disk, a full one or a damaged file holds up no
 * request and refuses none.
 */
export class Ledger {
  readonly #options: Required<LedgerOptions>;
  readonly #pending = new Map<number, PromiseWithResolvers<LedgerResult>>();
  #waiting: Served[] = [];
  #timer: NodeJS.Timeout | undefined;
  #worker: Worker | undefined;
  #startedAt = Number.NEGATIVE_INFINITY;
  #number = 0;
  #batches = 0;
  #questions = 0;
  #isClosed = false;
  #days: number;
  #problem: string | undefined;
  #counts = { written: 0, dropped: 0, failures: 0, movedAside: 0 };

  constructor(options: LedgerOptions) {
    this.#options = { interval: defaultInterval, capacity: defaultCapacity, ...options };
    this.#days = options.days;
  }

  readonly account: Accountant = (served) => {
    if (this.#isClosed || this.#waiting.length >= this.#options.capacity) {
      this.#counts.dropped += 1;
      return;
    }
    this.#waiting.push(served);
    if (this.#waiting.length >= fullBatch) this.#flush();
    this.#timer ??= setTimeout(() => this.#flush(), this.#options.interval).unref();
  };

  get state(): LedgerState {
    return { ...this.#counts, waiting: this.#waiting.length };
  }

  /** What was used, up to this moment. @throws usage_unreadable */
  async usage(query: UsageQuery): Promise<Usage> {
    const { usage } = await this.#ask({ do: 'usage', query });
    return usage ?? { rows: [], more: false };
  }

  /** Prompt and answer tokens of each key on this day in UTC. @throws usage_unreadable */
  async tokensToday(): Promise<ReadonlyMap<string, number>> {
    const { tokens } = await this.#ask({ do: 'tokens today' });
    return tokens ?? new Map();
  }

  /** Keeps requests for so many days from now on. */
  keep(days: number): void {
    if (days === this.#days) return;
    this.#days = days;
    this.#order({ do: 'keep', days })?.catch(() => {});
  }

  /** Writes what waits and ends the thread. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#waiting.length > 0) this.#write();
    const worker = this.#worker;
    if (!worker) return;
    // Until here it kept no process alive.
    worker.ref();
    const deadline = setTimeout(() => worker.terminate(), closingDeadline);
    await this.#order({ do: 'close' })?.catch(() => {});
    clearTimeout(deadline);
    await worker.terminate();
  }

  async #ask(order: LedgerOrder): Promise<LedgerResult> {
    if (this.#waiting.length > 0) this.#write();
    const asked = this.#order(order);
    if (!asked) throw failure('usage_unreadable', {});
    this.#questions += 1;
    // Who waits for an answer keeps the process alive, who writes does not.
    this.#worker?.ref();
    try {
      return await asked;
    } catch (cause) {
      throw failure('usage_unreadable', {}, { cause });
    } finally {
      this.#questions -= 1;
      if (this.#questions === 0) this.#worker?.unref();
    }
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length > 0 && this.#batches < mostBatchesUnderWay) this.#write();
  }

  #write(): void {
    const served = this.#waiting;
    const done = this.#order({ do: 'write', served });
    if (!done) {
      // They wait for the next thread.
      this.#timer ??= setTimeout(() => this.#flush(), restartPause).unref();
      return;
    }
    this.#waiting = [];
    this.#batches += 1;
    done
      .then(
        () => this.#succeeded(served.length),
        (error) => this.#failed(served.length, reasonOf(error)),
      )
      .finally(() => {
        this.#batches -= 1;
        if (this.#waiting.length > 0) this.#flush();
      });
  }

  #succeeded(count: number): void {
    this.#counts.written += count;
    if (this.#problem !== undefined) this.#options.log({}, 'the ledger is written again');
    this.#problem = undefined;
  }

  #failed(count: number, problem: string): void {
    this.#counts.failures += 1;
    this.#counts.dropped += count;
    this.#tell(problem);
  }

  #tell(problem: string): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#options.log({ problem, directory: this.#options.directory }, 'the ledger cannot be written');
  }

  /** Hands `order` to the thread; `undefined` when there is none. */
  #order(order: LedgerOrder): Promise<LedgerResult> | undefined {
    const worker = this.#running();
    if (!worker) return undefined;
    this.#number += 1;
    const pending = Promise.withResolvers<LedgerResult>();
    this.#pending.set(this.#number, pending);
    worker.postMessage({ number: this.#number, order });
    return pending.promise;
  }

  #running(): Worker | undefined {
    if (this.#worker || performance.now() - this.#startedAt < restartPause) return this.#worker;
    this.#startedAt = performance.now();
    try {
      this.#worker = startThread({ directory: this.#options.directory, days: this.#days });
    } catch (error) {
      this.#tell(reasonOf(error));
      return undefined;
    }
    this.#worker.on('message', (answer: LedgerAnswer) => this.#answered(answer));
    this.#worker.on('error', (error) => this.#tell(reasonOf(error)));
    this.#worker.on('exit', () => this.#ended());
    this.#worker.unref();
    return this.#worker;
  }

  #answered({ number, movedAside, result, problem }: LedgerAnswer): void {
    const { directory, log } = this.#options;
    for (const { why, file } of movedAside)
      log({ directory, file }, `the ledger was ${why}: its file was moved aside, and a new one begun`);
    this.#counts.movedAside += movedAside.length;
    const pending = this.#pending.get(number);
    this.#pending.delete(number);
    if (problem === undefined) pending?.resolve(result ?? {});
    else pending?.reject(new Error(problem));
  }

  #ended(): void {
    this.#worker = undefined;
    for (const pending of this.#pending.values()) pending.reject(new Error('its thread has ended'));
    this.#pending.clear();
  }
}

/** The bundle of the thread lies beside the gateway's (src/builder/stages/app.ts), its source beside this file. */
function startThread(workerData: LedgerWorkerData): Worker {
  const file = new URL(`./ledger-worker${extname(import.meta.url)}`, import.meta.url);
  const resourceLimits = { maxOldGenerationSizeMb: 32 };
  // A limit of the thread's own does not count beside that of the command line, which has been read for this thread's
  // heap and is read again for the new one's: six megabytes less.
  setFlagsFromString('--max-semi-space-size=1');
  // Nothing that this process was told through its environment is the thread's business.
  return new Worker(file, { workerData, resourceLimits, env: {}, name: 'ledger' });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
