import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { engineDirectory } from '../builder/engine-directory.ts';
import { connectEngine } from '../engine/client.ts';
import { failure } from '../errors/catalogue.ts';
import { endOfConsole } from '../vm/machine.ts';

/** A model for llama-server to serve, as its preset names it. */
export interface DevModel {
  readonly id: string;
  readonly path: string;
  /** Tokens. */
  readonly contextSize: number;
}

/** Seconds; the smoke model takes less than one. */
const readyPatience = 60;

/**
 * Starts llama-server on the unix socket `socket` as the appliance does, with its files in `directory`.
 * @returns what ends it
 * @throws BUILD_NO_ENGINE, DEV_ENGINE_FAILED
 */
export async function startDevEngine(
  directory: string,
  socket: string,
  { id, path, contextSize }: DevModel,
  signal: AbortSignal,
): Promise<() => Promise<void>> {
  const presets = join(directory, 'engine.ini');
  const slots = `ctx-size = ${contextSize}\nparallel = 1\nload-on-startup = true`;
  await writeFile(presets, `version = 1\n\n[${id}]\nmodel = ${path}\n${slots}\n`);
  const logFile = join(directory, 'engine.log');
  const llamaServer = join(await engineDirectory(), 'llama-server');
  const log = await open(logFile, 'w');
  const child = spawn(
    'setpriv',
    // Should we be killed, the kernel ends it in our place.
    ['--pdeathsig', 'TERM', '--', llamaServer].concat(
      ['--models-preset', presets, '--host', socket],
      ['--no-ui', '--offline'],
    ),
    {
      stdio: ['ignore', log.fd, log.fd],
      env: { ...process.env, HOME: directory, GOMP_SPINCOUNT: '1000' },
      // Ctrl-C in the terminal would reach it too; it shall outlive the gateway.
      detached: true,
    },
  );
  await once(child, 'spawn');
  const exited = once(child, 'exit');
  await log.close();
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  const deadline = performance.now() + readyPatience * 1000;
  const engine = connectEngine(socket);
  while (!signal.aborted && (await engine.modelStatus(id)) !== 'loaded') {
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
      await stop();
      throw failure('DEV_ENGINE_FAILED', { log: endOfConsole(await readFile(logFile, 'utf8')) });
    }
    await sleep(100);
  }
  return stop;
}
