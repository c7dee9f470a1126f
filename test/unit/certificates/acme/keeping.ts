import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Check, failed } from '../../../../src/certificates/acme/checks/check.ts';
import { type KeepWorld, keep } from '../../../../src/certificates/acme/keep.ts';
import { KeepFiles } from '../../../../src/certificates/acme/keep-files.ts';
import type { ChallengeKind, OrderOptions } from '../../../../src/certificates/acme/order.ts';
import { AcmeRecord } from '../../../../src/certificates/acme/record.ts';
import type { RenewalInformationAnswer } from '../../../../src/certificates/acme/renewal-information.ts';
import type { AcmeWanted } from '../../../../src/certificates/acme/wanted.ts';
import { type Identity, splitIdentity } from '../../../../src/certificates/identity.ts';
import { makeAuthority, makeLeaf } from '../../../../src/certificates/own-ca/issue.ts';
import type { OnePilotError } from '../../../../src/errors/catalogue.ts';
import { type Paths, pathsUnder } from '../../../../src/machine/paths.ts';
import { day, hour, later, start, wanted } from './records.ts';

/** The power goes. */
export class PowerCut extends Error {}

/** A VM whose unit runs over and over, with a CA that does what the test says. */
export class Keeping {
  readonly paths: Paths;
  now = start;
  wanted: AcmeWanted = wanted;
  /** What came of each question to a CA: where it was asked, and for which certificate in stock. */
  readonly asked: string[] = [];
  readonly lines: string[] = [];
  /** Files written, oldest first. */
  readonly written: string[] = [];
  /** The write, counted from now on, before which the power goes; none comes after it. */
  cutAt: number | undefined;
  /** What the next orders come to; a certificate when nothing is left. */
  readonly fates: unknown[] = [];
  checks: readonly Check[] = [];
  kinds: readonly ChallengeKind[] = ['http-01', 'tls-alpn-01'];
  answer: Omit<RenewalInformationAnswer, 'askAgain'> = { says: 'the CA gives none' };
  /** How old certificates are as they are issued, in milliseconds. */
  age = 0;
  /** Keys of those in stock when the order for them was forgotten. */
  readonly forgotten: (string | undefined)[] = [];
  /** Whether the power goes after the CA has issued. */
  cutAfterOrder = false;
  readonly #directory: string;
  readonly #authority: Identity;

  private constructor(directory: string, authority: Identity) {
    this.#directory = directory;
    this.#authority = authority;
    this.paths = pathsUnder(directory);
  }

  static async open(): Promise<Keeping> {
    const directory = await mkdtemp(join(tmpdir(), 'onepilot-keeping-'));
    const keeping = new Keeping(directory, await makeAuthority('the CA', later(-day)));
    for (const path of [keeping.paths.acmeWanted, keeping.paths.acmeRecord, keeping.paths.acmeAsked]) {
      await mkdir(dirname(path), { recursive: true });
    }
    await keeping.want(wanted);
    return keeping;
  }

  async want(wanted: AcmeWanted | undefined): Promise<void> {
    await rm(this.paths.acmeWanted, { force: true });
    if (!wanted) return;
    this.wanted = wanted;
    await writeFile(this.paths.acmeWanted, JSON.stringify(wanted));
  }

  run(asked = false): Promise<void> {
    return keep(this.#world(), asked);
  }

  /** The checks fail, certainly. */
  refuse(problem: OnePilotError): void {
    this.checks = [failed('something', problem)];
  }

  async record(): Promise<AcmeRecord> {
    return AcmeRecord.parse(JSON.parse(await readFile(this.paths.acmeRecord, 'utf8')));
  }

  /** The certificate in stock. */
  async stock(): Promise<Identity | undefined> {
    return splitIdentity(await readFile(this.paths.acmeIdentity, 'utf8').catch(() => undefined));
  }

  close(): Promise<void> {
    return rm(this.#directory, { recursive: true });
  }

  #world(): KeepWorld {
    return {
      files: new KeepFiles(this.paths, (path) => {
        this.written.push(path);
        if (this.cutAt === undefined) return;
        this.cutAt -= 1;
        if (this.cutAt <= 0) throw new PowerCut();
      }),
      state: this.paths.acmeState,
      challenges: '/nowhere',
      past: [],
      now: () => this.now,
      random: () => 0.5,
      log: (line) => this.lines.push(line),
      preflight: async (_, __, past) => {
        for (const { at } of past) if (at > this.now) throw new Error('The clock is behind.');
        return { checks: this.checks, kinds: this.kinds };
      },
      order: (options) => this.#order(options),
      askRenewalInformation: async ({ server }) => {
        this.asked.push(`renewal information of ${server.directory}`);
        return { ...this.answer, askAgain: new Date(this.now.getTime() + 6 * hour) };
      },
      certificateIdentifier: async (certificate) => `identifier of ${certificate.length}`,
      signal: new AbortController().signal,
    };
  }

  async #order({ server, wanted: { identifiers }, replaces, kinds }: OrderOptions) {
    this.asked.push(`${server.directory}${replaces === undefined ? '' : ' in its stead'}`);
    const fate = this.fates.shift();
    if (fate !== undefined) throw fate;
    const names = identifiers.filter(({ type }) => type === 'dns').map(({ value }) => value);
    const identity = await makeLeaf(
      this.#authority,
      { names, addresses: [] },
      new Date(this.now.getTime() - this.age),
    );
    if (this.cutAfterOrder) {
      this.cutAt = 0;
      throw new PowerCut();
    }
    const stored = async () => void this.forgotten.push((await this.stock())?.key);
    return { identity, challenge: kinds[0] ?? 'http-01', stored };
  }
}
