import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../errors/catalogue.ts';
import { consoleLog, type MachineShape, qemuArguments, qmpSocketPath } from './qemu.ts';
import { qmp } from './qmp.ts';

/** How the appliance said it ended its boot (src/report/console.ts writes these lines). */
export interface Outcome {
  readonly state: 'ready' | 'degraded' | 'failed';
  readonly text: string;
}

const outcomeLine = /OnePilot: (ready|degraded|failed)\b:?\s*(.*)/;

/** Finds the appliance's last word in the text of its console. */
export function outcomeIn(text: string): Outcome | undefined {
  for (const line of text.split(/\r?\n/).reverse()) {
    const [, state, rest] = outcomeLine.exec(line) ?? [];
    if (state === 'ready' || state === 'degraded' || state === 'failed') return { state, text: rest ?? '' };
  }
  return undefined;
}

/** The last `count` lines that say something, indented for an error message. */
export function endOfConsole(text: string, count = 15): string {
  const lines = text.split(/\r?\n/).filter((line) => line.trim());
  return (
    lines
      .slice(-count)
      .map((line) => `    ${line}`)
      .join('\n') || '    (nothing)'
  );
}

/** How long a guest may take to shut down before its power is cut, in milliseconds. */
const powerOffMs = 60_000;

/** A running QEMU. */
export class Machine {
  readonly shape: MachineShape;
  readonly consolePath: string;
  readonly #process: ChildProcess;
  readonly #exited: Promise<string>;
  #running = true;
  /** Where in the console's text the current boot begins. */
  #bootStart = 0;

  private constructor(shape: MachineShape, child: ChildProcess) {
    this.shape = shape;
    this.consolePath = join(shape.directory, consoleLog);
    this.#process = child;
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-2000);
    });
    // However this process ends, no guest stays behind.
    const cut = () => child.kill('SIGKILL');
    process.on('exit', cut);
    this.#exited = new Promise((resolve) => {
      const end = (reason: string) => {
        this.#running = false;
        process.off('exit', cut);
        resolve(errors.trim() || reason);
      };
      child.on('error', (error) => end(error.message));
      child.on('exit', (code, signal) => end(`exit ${code ?? signal}`));
    });
  }

  /** Starts QEMU; its console begins empty. */
  static async start(shape: MachineShape): Promise<Machine> {
    await writeFile(join(shape.directory, consoleLog), '');
    // A process group of its own: Ctrl-C reaches us, and we decide how the guest ends.
    // Should we be killed, the kernel cuts the guest's power in our place.
    const whileWeLive = ['--pdeathsig', 'KILL', '--', 'qemu-system-x86_64'];
    const child = spawn('setpriv', [...whileWeLive, ...qemuArguments(shape, cpus().length)], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    return new Machine(shape, child);
  }

  get running(): boolean {
    return this.#running;
  }

  /** What the console has said in the current boot. */
  async console(): Promise<string> {
    return (await readFile(this.consolePath, 'utf8')).slice(this.#bootStart);
  }

  /** To be called before a reboot: what the console said until now no longer counts. */
  async expectReboot(): Promise<void> {
    this.#bootStart = (await readFile(this.consolePath, 'utf8')).length;
  }

  /**
   * Waits for the appliance's last word, showing its console lines as they come.
   * @param timeout seconds
   * @throws VM_NOT_READY, VM_DIED
   */
  async outcome(timeout: number, signal: AbortSignal, onLine?: (line: string) => void): Promise<Outcome> {
    const deadline = Date.now() + timeout * 1000;
    let shown = 0;
    for (;;) {
      signal.throwIfAborted();
      const text = await this.console();
      const complete = text.slice(0, text.lastIndexOf('\n') + 1);
      for (const line of complete.slice(shown).split(/\r?\n/)) if (line.trim()) onLine?.(line);
      shown = complete.length;
      const outcome = outcomeIn(complete);
      if (outcome) return outcome;
      if (!this.#running) throw failure('VM_DIED', { reason: await this.#exited, path: this.consolePath });
      if (Date.now() > deadline) {
        throw failure('VM_NOT_READY', {
          seconds: timeout,
          console: endOfConsole(text),
          path: this.consolePath,
        });
      }
      await sleep(200, undefined, { signal });
    }
  }

  /** Runs a QMP command (QEMU, «QMP Reference Manual»). */
  async qmp(execute: string, parameters: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    return qmp(qmpSocketPath(this.shape.directory), execute, parameters);
  }

  /** Presses the power button and waits; cuts the power when the guest takes longer than a minute. */
  async powerOff(): Promise<void> {
    if (!this.#running) return;
    await this.qmp('system_powerdown').catch(() => undefined);
    const timer = new AbortController();
    await Promise.race([
      this.#exited,
      sleep(powerOffMs, undefined, { signal: timer.signal }).catch(() => undefined),
    ]);
    timer.abort();
    await this.cutPower();
  }

  /** Ends QEMU as a power cut would. */
  async cutPower(): Promise<void> {
    if (this.#running) this.#process.kill('SIGKILL');
    await this.#exited;
  }

  /** Resolves with the reason when QEMU ends. */
  get exited(): Promise<string> {
    return this.#exited;
  }
}
