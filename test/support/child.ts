import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

/** A program that runs beside the test. It ends with the test's process at the latest, even if that is killed. */
export class Child {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<number | null>;
  #output = '';
  #listeners: (() => void)[] = [];

  constructor(argv: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const env = { ...process.env, ...environment };
    this.#process = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...argv], { env });
    const { promise, resolve } = Promise.withResolvers<number | null>();
    this.#ended = promise;
    const note = (chunk: Buffer) => {
      this.#output += chunk.toString();
      for (const listener of this.#listeners) listener();
    };
    this.#process.stdout.on('data', note);
    this.#process.stderr.on('data', note);
    this.#process.stdin.on('error', () => {});
    this.#process.on('error', (error) => note(Buffer.from(String(error))));
    this.#process.on('close', resolve);
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error('It did not start.');
    return this.#process.pid;
  }

  /** What it has printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Its exit status; null when a signal ended it. */
  get ended(): Promise<number | null> {
    return this.#ended;
  }

  say(text: string): void {
    this.#process.stdin.end(text);
  }

  /** Waits until it has printed `pattern`; fails when it ends before, or after `seconds`. */
  async printed(pattern: RegExp, seconds = 30): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<'printed'>();
    const look = () => pattern.test(this.#output) && resolve('printed');
    this.#listeners.push(look);
    look();
    const late = AbortSignal.timeout(seconds * 1000);
    const tooLate = new Promise<'late'>((done) => late.addEventListener('abort', () => done('late')));
    const end = await Promise.race([promise, this.#ended.then(() => 'ended' as const), tooLate]);
    this.#listeners = this.#listeners.filter((listener) => listener !== look);
    if (!pattern.test(this.#output)) throw new Error(`It ${end} without ${pattern}:\n${this.#output}`);
  }

  /** Ends it at once, if it has not ended by itself. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#process.kill(signal);
    await this.#ended;
  }
}

/** Runs a program to its end. @returns what it printed; fails with that when it failed */
export async function ran(argv: readonly string[], input = ''): Promise<string> {
  const child = new Child(argv);
  child.say(input);
  const code = await child.ended;
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}:\n${child.output}`);
  return child.output;
}
