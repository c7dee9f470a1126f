import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChallengeKind, type Ordered, orderCertificate } from '../../../src/certificates/acme/order.ts';
import type { Identifier } from '../../../src/certificates/acme/wanted.ts';
import { OnePilotError } from '../../../src/errors/catalogue.ts';
import { Child } from '../child.ts';
import type { Host } from '../network.ts';
import { OrderOutcome, type OrderRequest } from './order-request.ts';
import type { Pebble } from './pebble.ts';

export interface Wish {
  readonly identifiers: readonly Identifier[];
  readonly kinds?: readonly ChallengeKind[];
  readonly contact?: string;
  readonly profile?: string;
  readonly binding?: { readonly keyId: string; readonly key: string };
  /** PEM; the CA of Pebble's HTTPS unless given. */
  readonly roots?: string | undefined;
  readonly replaces?: string;
  readonly signal?: AbortSignal;
}

export const dns = (value: string): Identifier => ({ type: 'dns', value });
export const ip = (value: string): Identifier => ({ type: 'ip', value });

/** A VM that wants certificates: the directories it keeps, and what it logged. */
export class Applicant {
  readonly state: string;
  readonly challenges: string;
  readonly lines: string[] = [];
  readonly #place: string;

  private constructor(place: string) {
    this.#place = place;
    this.state = join(place, 'state');
    this.challenges = join(place, 'challenges');
  }

  static async open(): Promise<Applicant> {
    const applicant = new Applicant(await mkdtemp(join(tmpdir(), 'onepilot-applicant-')));
    await mkdir(applicant.state, { mode: 0o700 });
    await mkdir(join(applicant.challenges, 'http-01'), { recursive: true });
    await mkdir(join(applicant.challenges, 'tls-alpn-01'));
    return applicant;
  }

  /** Orders in this process, and stores what comes. */
  async order(from: Pick<Pebble, 'directory' | 'roots'>, wish: Wish): Promise<Ordered> {
    const { replaces, signal = new AbortController().signal } = wish;
    const log = (line: string) => this.lines.push(line);
    const request = this.request(from, wish);
    const replacing = replaces !== undefined && { replaces };
    const ordered = await orderCertificate({ ...request, ...replacing, log, signal });
    await ordered.stored();
    return ordered;
  }

  /** Orders in this process, and is refused. @returns why */
  async refused(from: Pick<Pebble, 'directory' | 'roots'>, wish: Wish): Promise<OnePilotError> {
    const error: unknown = await this.order(from, wish).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error instanceof OnePilotError) return error;
    throw error ?? new Error('A certificate came.');
  }

  /** Begins to order in a process of its own, on `host` or on this machine. */
  begin(host: Host | undefined, from: Pick<Pebble, 'directory' | 'roots'>, wish: Wish): Child {
    const argv = [process.execPath, join(import.meta.dirname, 'order-process.ts')];
    const child = host ? host.start(argv) : new Child(argv);
    child.say(JSON.stringify(this.request(from, wish)));
    return child;
  }

  /** Orders in a process of its own, on `host`. */
  async orderOn(host: Host, from: Pick<Pebble, 'directory' | 'roots'>, wish: Wish): Promise<OrderOutcome> {
    const child = this.begin(host, from, wish);
    await child.ended;
    const lines = child.output.trim().split('\n');
    this.lines.push(...lines.slice(0, -1));
    const last = lines.at(-1) ?? '';
    if (!last.startsWith('{')) throw new Error(`The order ended like this:\n${child.output}`);
    return OrderOutcome.parse(JSON.parse(last));
  }

  /** Files of challenges that are there. */
  async shown(): Promise<string[]> {
    const kinds = ['http-01', 'tls-alpn-01'];
    return (await Promise.all(kinds.map((kind) => readdir(join(this.challenges, kind))))).flat();
  }

  request({ directory, roots }: Pick<Pebble, 'directory' | 'roots'>, wish: Wish): OrderRequest {
    const { identifiers, kinds = ['http-01', 'tls-alpn-01'], contact, profile, binding } = wish;
    const trusted = 'roots' in wish ? wish.roots : roots;
    return {
      wanted: { identifiers: [...identifiers], contact, profile, roots: trusted },
      server: { directory, ...(binding && { binding }) },
      state: this.state,
      challenges: this.challenges,
      kinds: [...kinds],
    };
  }

  close(): Promise<void> {
    return rm(this.#place, { recursive: true });
  }
}
