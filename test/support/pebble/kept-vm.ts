import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AcmeRecord } from '../../../src/certificates/acme/record.ts';
import type { AcmeWanted } from '../../../src/certificates/acme/wanted.ts';
import { splitIdentity } from '../../../src/certificates/identity.ts';
import { challengeDirectory, pathsUnder } from '../../../src/machine/paths.ts';
import type { Child } from '../child.ts';
import type { Host } from '../network.ts';
import { forgetAccount } from './forget-account.ts';

const program = join(import.meta.dirname, '../../../src/certificates/acme/main.ts');
const front = join(import.meta.dirname, 'front-process.ts');

/** Debian's package `faketime`: the program's clock, seen by OpenSSL too; timers go on as they are. */
const wrongClock = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';

export interface RunOptions {
  /** Somebody asks for a certificate. */
  readonly now?: boolean;
  /** By how much the clock is off, as faketime has it: `+365d`. */
  readonly clock?: string;
  /** Another program than the one of the sources: the image's bundle. */
  readonly bundle?: string;
}

/** A VM on which the unit that keeps the certificate runs as its process, at the real ports of `host`. */
export class KeptVm {
  readonly #host: Host;
  readonly #root: string;
  readonly #paths: ReturnType<typeof pathsUnder>;
  #front: Child | undefined;

  private constructor(host: Host, root: string) {
    this.#host = host;
    this.#root = root;
    this.#paths = pathsUnder(root);
  }

  /** @param nameServer Address that its resolver asks. */
  static async open(host: Host, nameServer: string): Promise<KeptVm> {
    const vm = new KeptVm(host, await mkdtemp(join(tmpdir(), 'onepilot-kept-')));
    const { acmeState, configuration } = vm.#paths;
    await mkdir(acmeState, { recursive: true });
    await mkdir(configuration, { recursive: true });
    for (const kind of ['http-01', 'tls-alpn-01'])
      await mkdir(join(vm.#challenges, kind), { recursive: true });
    await writeFile(join(vm.#root, 'resolv.conf'), `nameserver ${nameServer}\n`);
    return vm;
  }

  get #challenges(): string {
    return join(this.#root, challengeDirectory);
  }

  want(wanted: AcmeWanted): Promise<void> {
    return writeFile(this.#paths.acmeWanted, JSON.stringify(wanted));
  }

  /** The gateway listens at ports 80 and 443. */
  async serve(): Promise<void> {
    const options = { challenges: this.#challenges, address: '::', http: 80, https: 443 };
    this.#front = this.#host.start([process.execPath, front, JSON.stringify(options)]);
    await this.#front.printed(/listening/);
  }

  async stopServing(): Promise<void> {
    await this.#front?.kill();
  }

  /** Runs the unit to its end. @returns its exit status and what it printed */
  async run(options: RunOptions = {}): Promise<{ code: number | null; output: string }> {
    const child = this.begin(options);
    return { code: await child.ended, output: child.output };
  }

  begin({ now = false, clock, bundle = program }: RunOptions = {}): Child {
    // The name server is the one of this mount namespace alone.
    const resolving = `mount --bind ${this.#root}/resolv.conf /etc/resolv.conf && exec "$@"`;
    const argv = ['unshare', '--mount', 'sh', '-c', resolving, 'sh'];
    if (clock !== undefined) {
      argv.push('env', `LD_PRELOAD=${wrongClock}`, `FAKETIME=${clock}`, 'FAKETIME_DONT_FAKE_MONOTONIC=1');
    }
    argv.push(process.execPath, bundle, '--root', this.#root, ...(now ? ['--now'] : []));
    return this.#host.start(argv);
  }

  async record(): Promise<AcmeRecord> {
    return AcmeRecord.parse(JSON.parse(await readFile(this.#paths.acmeRecord, 'utf8')));
  }

  /** The certificate in stock; undefined when there is none. */
  async stock() {
    return splitIdentity(await readFile(this.#paths.acmeIdentity, 'utf8').catch(() => undefined));
  }

  /** The next order is one of another account. */
  forgetAccount(): Promise<void> {
    return forgetAccount(this.#paths.acmeState);
  }

  /** Makes what waits due, as if its time had come. */
  async makeDue(): Promise<void> {
    const record = await this.record();
    const past = new Date(Date.now() - 1000).toISOString();
    await writeFile(this.#paths.acmeRecord, JSON.stringify({ ...record, next: past }));
  }

  async close(): Promise<void> {
    await this.stopServing();
    await rm(this.#root, { recursive: true });
  }
}
