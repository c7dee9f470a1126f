import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScriptFailure } from '../../cli/run-script.ts';
import { connectEngine } from '../../engine/client.ts';
import { engineSocket, units } from '../../machine/paths.ts';
import { endOfConsole } from '../../vm/machine.ts';
import { commandOf } from '../appliance.ts';

const installed = {
  program: '/usr/lib/onepilot/engine/llama-server',
  preset: '/etc/onepilot/engine.ini',
};

/** Seconds; tens of gigabytes are read and repacked. */
const readyPatience = 600;

/** How the engine differs from the appliance's: variables of its environment, unset where undefined. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface EngineProcess {
  /** The router's; the models are its children. */
  readonly pid: number;
  readonly socket: string;
  stop(): Promise<void>;
}

export interface EngineSetup {
  /** For its socket, preset and log. */
  readonly directory: string;
  /** The engine's stage output (src/builder/engine-directory.ts). */
  readonly engine: string;
  /** Text of the preset file. */
  readonly preset: string;
  readonly environment?: Environment;
  readonly signal: AbortSignal;
}

/**
 * Starts llama-server by the command and in the environment of the appliance's unit, outside its sandbox, and waits
 * until every model is loaded.
 * @throws ScriptFailure with the end of its log
 */
export async function startEngineProcess(setup: EngineSetup): Promise<EngineProcess> {
  const { directory, engine, preset, environment = {}, signal } = setup;
  const socket = join(directory, 'engine.sock');
  const presetFile = join(directory, 'engine.ini');
  const logFile = join(directory, 'engine.log');
  await writeFile(presetFile, preset);
  // An engine that has ended leaves its socket, which keeps the next one from listening.
  await rm(socket, { force: true });
  const places = new Map([
    [installed.program, join(engine, 'llama-server')],
    [installed.preset, presetFile],
    [engineSocket, socket],
  ]);
  const command = withEnvironment(await commandOf(units.engine), { HOME: directory, ...environment });
  const words = command.map((word) => places.get(word) ?? word);
  const log = await open(logFile, 'w');
  // Should we be killed, the kernel ends it in our place; Ctrl-C in the terminal is for us alone.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', ...words], {
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
  });
  await once(child, 'spawn');
  const exited = once(child, 'exit');
  await log.close();
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  try {
    await allLoaded(socket, hasEnded, signal);
  } catch (error) {
    if (!hasEnded()) await stop();
    if (!(error instanceof ScriptFailure)) throw error;
    throw new ScriptFailure(`${error.message}\n${endOfConsole(await readFile(logFile, 'utf8'))}`);
  }
  return { pid: child.pid ?? 0, socket, stop };
}

/** `command` of `unitCommand` with other variables. */
export function withEnvironment(command: readonly string[], changed: Environment): string[] {
  const isChanged = (word: string) => Object.keys(changed).some((name) => word.startsWith(`${name}=`));
  const [env = 'env', ignore = '-i', ...rest] = command.filter((word) => !isChanged(word));
  const added = Object.entries(changed).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  return [env, ignore, ...added, ...rest];
}

async function allLoaded(socket: string, hasEnded: () => boolean, signal: AbortSignal): Promise<void> {
  const engine = connectEngine(socket);
  const deadline = performance.now() + readyPatience * 1000;
  try {
    while (true) {
      signal.throwIfAborted();
      const states = [...((await engine.models()) ?? new Map()).values()];
      if (states.length > 0 && states.every((state) => state === 'loaded')) return;
      if (hasEnded() || states.includes('failed'))
        throw new ScriptFailure('The engine did not load a model.');
      if (performance.now() > deadline) throw new ScriptFailure('The engine was not ready in time.');
      await sleep(100);
    }
  } finally {
  }
}
