import { isDeepStrictEqual } from 'node:util';
import { readText, writeIfDifferent } from '../bootstrap/files.ts';
import type { World } from '../bootstrap/world.ts';
import type { OneGateSettings } from '../onegate/settings.ts';
import { type Outcome, outcomeLine } from './console.ts';
import { publishStep, type Step, type StepState } from './progress.ts';
import {
  certificateText,
  endpoints,
  keyHint,
  type ReportFacts,
  renderReport,
  type ServedCertificate,
} from './report.ts';
import { type ApplianceState, parseStatus, Status } from './status.ts';

/** What a status says beside the state itself. */
type Known = Omit<Status, 'since' | 'state' | 'progress' | 'reason'>;
type StatusBody = Omit<Status, 'since'>;

/** Per cent between two lines on the consoles. */
const progressStep = 10;

/**
 * Tells everybody how far the appliance is: consoles, message of the day, the status files, the report, OneGate.
 * What has been told already is not told again, so a run that finds nothing to do is silent. A full disk or a
 * deaf OneGate never stops the run.
 */
export class Teller {
  readonly #world: World;
  readonly #atBoot: boolean;
  #last: Status | undefined;
  #step: Step = 'configure';
  /** Whether this run has said that it configures. */
  #hasSpoken = false;
  #oneGate: OneGateSettings | undefined;
  #pushing: Promise<void> = Promise.resolve();
  #unsent: Status | undefined;

  private constructor(world: World, atBoot: boolean, last: Status | undefined) {
    this.#world = world;
    this.#atBoot = atBoot;
    this.#last = last;
  }

  static async open(world: World, atBoot: boolean): Promise<Teller> {
    const text = await readText(world.paths.appliance);
    return new Teller(world, atBoot, parseStatus(text));
  }

  /** What was told last, by this run or an earlier one since the machine started. */
  get state(): ApplianceState | undefined {
    return this.#last?.state;
  }

  get step(): Step {
    return this.#step;
  }

  /** From now on OneGate is told as well, and at once what it has missed. */
  useOneGate(settings: OneGateSettings | undefined): void {
    this.#oneGate = settings;
    if (this.#last) this.#push(this.#last);
  }

  async booting(): Promise<void> {
    await this.#world.log.progress('booting');
    await this.#tell({ ...this.#known, state: 'booting' });
  }

  async configuring(): Promise<void> {
    if (this.#last?.state === 'configuring' && this.#hasSpoken) return;
    this.#hasSpoken = true;
    this.#enter('configure');
    await this.#world.log.progress('configuring');
    await this.#tell({ ...this.#known, state: 'configuring' });
    await this.#publish('configure', 'started');
  }

  /** @param percent How much of the model has been read, where that is known. */
  async loading(facts: ReportFacts, percent?: number): Promise<void> {
    const before = this.#last?.state === 'loading' ? (this.#last.progress ?? 0) : undefined;
    const progress = percent === undefined ? undefined : Math.max(percent, before ?? 0);
    if (before === undefined) {
      this.#enter('configure');
      await this.#publish('configure', 'success');
      this.#enter('bootstrap');
    }
    const text = progress === undefined ? 'loading the model' : `loading the model: ${progress} %`;
    const isNews =
      before === undefined || Math.floor((progress ?? 0) / progressStep) > Math.floor(before / progressStep);
    const body = {
      ...knownFrom(facts),
      state: 'loading',
      ...(progress !== undefined && { progress }),
    } as const;
    await this.#tell(body, isNews);
    if (!isNews) return;
    await this.#publish('bootstrap', 'started', [text]);
    await this.#world.log.progress(text);
  }

  /** Tells how it ended. The console's last line is the outcome. @returns whether that is news */
  async finished(step: Step, facts: ReportFacts | undefined, outcome: Outcome): Promise<boolean> {
    const { paths, log } = this.#world;
    this.#enter(step);
    const line = outcomeLine(outcome);
    const reason = outcome.state === 'ready' ? {} : { reason: outcome.reason };
    const body = facts ? knownFrom(facts) : this.#known;
    const isNews = await this.#tell({ ...body, state: outcome.state, ...reason });
    if (facts) {
      const content = renderReport({ ...facts, outcome: line.replace(/^OnePilot: /, '') });
      const file = { path: paths.report, content, mode: 0o600, uid: 0, gid: 0, readBy: [] };
      await this.#attempt('the report', () => writeIfDifferent(file));
    }
    const details = [line, ...(facts ? summary(facts) : [])];
    await this.#publish(step, outcome.state === 'ready' ? 'success' : 'failure', details);
    if (!isNews && !this.#atBoot) return false;
    await log.detail(line);
    await log.announce([...(facts ? summary(facts) : []), line]);
    return true;
  }

  /** Resolves when OneGate has been told, or could not be. */
  async settled(): Promise<void> {
    await this.#pushing;
  }

  get #known(): Known {
    if (!this.#last) return { version: 'unknown', models: [], errors: [], warnings: [] };
    const { state: _state, since: _since, progress: _progress, reason: _reason, ...known } = this.#last;
    return known;
  }

  #enter(step: Step): void {
    this.#step = step;
    this.#world.log.enter(step);
  }

  async #publish(step: Step, state: StepState, details: readonly string[] = []): Promise<void> {
    await this.#attempt('the status', () => publishStep(this.#world.paths, step, state, details));
  }

  /**
   * @param push Whether it is worth a message to OneGate.
   * @returns whether this is news
   */
  async #tell(body: StatusBody, push = true): Promise<boolean> {
    const { paths, now } = this.#world;
    const since = this.#last?.state === body.state ? this.#last.since : now().toISOString();
    // Through the schema, whose order of fields makes the texts comparable.
    const status = Status.parse({ ...body, since });
    const isNews = !isDeepStrictEqual(status, this.#last);
    this.#last = status;
    if (push) this.#push(status);
    if (!isNews) return false;
    const content = `${JSON.stringify(status, null, 2)}\n`;
    const file = { path: paths.appliance, content, mode: 0o644, uid: 0, gid: 0, readBy: [] };
    await this.#attempt('the status', () => writeIfDifferent(file));
    return true;
  }

  /** One message at a time is under way; of those that wait, the latest alone is worth sending. */
  #push(status: Status): void {
    const settings = this.#oneGate;
    if (!settings) return;
    const isWaiting = this.#unsent !== undefined;
    this.#unsent = status;
    if (isWaiting) return;
    this.#pushing = this.#pushing.then(async () => {
      const latest = this.#unsent;
      this.#unsent = undefined;
      if (latest) await this.#tellOneGate(settings, latest);
    });
  }

  /** What was told is noted, so that a later run sends again what did not arrive, and nothing twice. */
  async #tellOneGate(settings: OneGateSettings, status: Status): Promise<void> {
    const { paths, oneGate, log } = this.#world;
    const told = await readText(paths.oneGateTold);
    const content = `${JSON.stringify(status)}\n`;
    if (told === content) return;
    const isReported = (await readText(paths.readyReported)) !== undefined;
    // First of all in a boot: what OneGate heard in an earlier one is over.
    if (told === undefined && !isReported && !(await oneGate.clearStaleReady(settings))) {
      return log.note('OneGate could not be asked; the next run tries again');
    }
    const problem = await oneGate.reportState(settings, status);
    if (problem) return log.note(problem);
    const file = { path: paths.oneGateTold, content, mode: 0o600, uid: 0, gid: 0, readBy: [] };
    await this.#attempt('what OneGate was told', () => writeIfDifferent(file));
  }

  async #attempt(what: string, write: () => Promise<unknown>): Promise<void> {
    try {
      await write();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      await this.#world.log.detail(`${what} could not be written: ${reason}`);
    }
  }
}

function knownFrom(facts: ReportFacts): Known {
  const { image, addresses, certificate, models, contextSource, errors, warnings } = facts;
  const [url] = endpoints(facts);
  return {
    version: image.version,
    ...(addresses.length > 0 && { endpoint: `${url}v1` }),
    ...(certificate && { certificate: statusCertificate(certificate) }),
    models: models.map(({ id }) => id),
    ...(contextSource !== undefined && { contextSource }),
    errors: [...errors],
    warnings: [...warnings],
  };
}

function statusCertificate({ source, names, addresses, issuer, notAfter }: ServedCertificate) {
  return { source, names: [...names], addresses: [...addresses], issuer, notAfter };
}

/** What somebody at the console needs to go on; no secret. */
function summary(facts: ReportFacts): string[] {
  const [url] = endpoints(facts);
  const { certificate } = facts;
  return [
    ...facts.warnings.map(({ what }) => `warning: ${what}`),
    ...facts.errors.flatMap(({ what, fix }) => [`error: ${what}`, `  ${fix}`]),
    ...(facts.key ? [`API key: ${keyHint(facts)}`] : []),
    ...(certificate ? [`certificate: ${certificateText(certificate)}`] : []),
    `CA certificate: ${url}ca.crt`,
    ...(facts.fingerprint ? [`CA SHA-256: ${facts.fingerprint}`] : []),
  ];
}
