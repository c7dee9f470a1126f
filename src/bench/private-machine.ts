import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ScriptFailure } from '../cli/run-script.ts';

const becomeMachine = fileURLToPath(new URL('become-machine', import.meta.url));

/** The CPU and the time that a command took, its own children included. Milliseconds. */
export interface Cost {
  readonly cpu: number;
  readonly wall: number;
}

export interface Timed extends Cost {
  readonly exitStatus: number;
}

/**
 * A machine made of namespaces on this one: the same kernel and programs, with files, host name, network and
 * processes of its own. Nothing in it outlives this process.
 */
export class PrivateMachine {
  readonly #pid: number;
  readonly #signal: AbortSignal;
  readonly #end: () => Promise<void>;

  private constructor(pid: number, signal: AbortSignal, end: () => Promise<void>) {
    this.#pid = pid;
    this.#signal = signal;
    this.#end = end;
  }

  /**
   * @param directory An empty one, whose path has neither commas nor colons (overlay's options).
   * @param signal Ends the command that is running.
   */
  static async start(directory: string, signal: AbortSignal): Promise<PrivateMachine> {
    const namespaces = ['--mount', '--uts', '--net', '--pid', '--fork'];
    const first = spawn('unshare', [...namespaces, becomeMachine, directory], {
      stdio: ['pipe', 'pipe', 'inherit'],
      // Ctrl-C in the terminal would reach it too; it ends with its input.
      detached: true,
    });
    const ended = once(first, 'exit').then(() => undefined);
    const said: unknown[] | undefined = await Promise.race([once(first.stdout, 'data'), ended]);
    if (!said) throw new ScriptFailure('The namespaces could not be made; what failed is said above.');
    return new PrivateMachine(Number(String(said[0])), signal, () => {
      first.stdin.end();
      return ended;
    });
  }

  /** Where files of the machine are for us. Links in it lead to this machine's own files. */
  path(inside: string): string {
    return `/proc/${this.#pid}/root${inside}`;
  }

  /** Runs a command in the machine. The clock is bash's, which asks the kernel (getrusage(2)) for milliseconds. */
  async time(command: readonly string[]): Promise<Timed> {
    const script = 'TIMEFORMAT="%3R %3U %3S"; { time "$@" >>/run/bench/output 2>&1; } 2>&1; echo $?';
    const namespaces = ['--mount', '--uts', '--net', '--pid', '--root', '--wd'];
    const { stdout } = await promisify(execFile)(
      'nsenter',
      [`--target=${this.#pid}`, ...namespaces, 'bash', '-c', script, 'time', ...command],
      { signal: this.#signal },
    );
    const [real = 0, user = 0, system = 0, exitStatus = 1] = stdout.trim().split(/\s+/).map(Number);
    return { cpu: (user + system) * 1000, wall: real * 1000, exitStatus };
  }

  /** Ends every process in it. */
  stop(): Promise<void> {
    return this.#end();
  }
}
