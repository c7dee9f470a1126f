import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { engineDirectory } from '../../../src/builder/engine-directory.ts';
import { checkout } from '../../../src/builder/places.ts';
import { connectEngine, type Engine } from '../../../src/engine/client.ts';
import { generateSmokeModels, type SmokeModels } from '../../../src/models/smoke/write.ts';

/** llama-server as its unit starts it, with what it prints. */
export interface UnitEngine {
  readonly socket: string;
  readonly directory: string;
  readonly client: Engine;
  /** Everything it printed so far, on stdout and stderr. */
  printed(): string;
  /** The router's process; its children have it as their parent. */
  readonly pid: number;
  /** Kills the router; its children end by themselves. */
  kill(): Promise<void>;
  /** What systemd does after that. */
  startAgain(): Promise<void>;
  stop(): Promise<void>;
}

const unitPath = join(checkout, 'appliance/rootfs/usr/lib/systemd/system/onepilot-engine.service');

async function settings(name: string): Promise<string[]> {
  const unit = await readFile(unitPath, 'utf8');
  return unit
    .split('\n')
    .filter((line) => line.startsWith(`${name}=`))
    .map((line) => line.slice(name.length + 1));
}

/** What the journal would keep of `text`: the lines that one of the unit's patterns allows. */
export async function journalOf(text: string): Promise<string[]> {
  const patterns = (await settings('LogFilterPatterns')).map((pattern) => new RegExp(pattern));
  return text.split('\n').filter((line) => patterns.some((pattern) => pattern.test(line)));
}

/**
 * Starts it on a socket in a directory of its own, without the unit's sandbox.
 * @param preset makes the preset file; the test models lie in the directory.
 */
export async function startUnitEngine(preset: (models: SmokeModels) => string): Promise<UnitEngine> {
  const directory = await mkdtemp(join(tmpdir(), 'unit-engine-'));
  const socket = join(directory, 'engine.sock');
  const presets = join(directory, 'engine.ini');
  await writeFile(presets, preset(await generateSmokeModels(directory)));
  const [command = ''] = await settings('ExecStart');
  const places: Readonly<Record<string, string>> = {
    '/run/onepilot-engine/engine.sock': socket,
    '/etc/onepilot/engine.ini': presets,
  };
  const options = command
    .split(' ')
    .slice(1)
    .map((word) => places[word] ?? word);
  const binary = join(await engineDirectory(), 'llama-server');
  let text = '';
  const run = () => {
    const child = spawn(binary, options, {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, HOME: directory, GOMP_SPINCOUNT: '1000' },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
    }
    return { child, exited: once(child, 'exit') };
  };
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const { child, exited } = running;
    const isOver = () => child.exitCode !== null || child.signalCode !== null;
    if (!isOver()) child.kill(signal);
    await Promise.race([exited, sleep(15_000, undefined, { ref: false })]);
    if (!isOver()) child.kill('SIGKILL');
    await exited;
  };
  let running = run();
  const client = connectEngine(socket);
  return {
    socket,
    directory,
    client,
    get pid() {
      return running.child.pid ?? 0;
    },
    printed: () => text,
    kill: () => end('SIGKILL'),
    async startAgain() {
      // As RuntimeDirectory= does.
      await rm(socket, { force: true });
      running = run();
    },
    async stop() {
      await end('SIGTERM');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A section of the preset file with what keeps a test model small. */
export function section(name: string, model: string): string {
  return `[${name}]\nmodel = ${model}\nload-on-startup = true\nctx-size = 4096\nparallel = 1\nthreads = 1\ncache-ram = 0\nload-mode = none\nfit = off\n`;
}

/** The processes that any thread of `pid` started and that still run. */
export async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')),
  );
  return [...lists.join(' ').matchAll(/\d+/g)].map(([child]) => Number(child));
}

/** Waits until `condition` holds; fails after a minute. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('It did not become so within a minute.');
    await sleep(50);
  }
}
