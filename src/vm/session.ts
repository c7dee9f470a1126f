import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Hypervisor } from '../builder/hypervisor.ts';
import { cacheDirectory } from '../builder/places.ts';
import { duration, type Progress, printProgress } from '../builder/progress.ts';
import { loggingShell, type Shell } from '../builder/shell.ts';
import { openLog } from '../cli/log-file.ts';
import { type Appliance, boot, type Endpoint, waitUntilReady } from './boot.ts';
import { type ContextValues, singleQuoted } from './context-disk.ts';
import { removeLeftovers } from './leftovers.ts';
import { freePort, requireFreePort } from './ports.ts';
import { prove } from './proof.ts';

/** What `npm run vm` was asked for. */
export interface SessionRequest {
  readonly image: string;
  readonly context: ContextValues | undefined;
  /** Prove with the official client, power off, and end. */
  readonly once: boolean;
  /** HTTPS port on 127.0.0.1; undefined: any free one. */
  readonly port: number | undefined;
  /** MiB. */
  readonly memory: number;
  readonly cpuModel: string | undefined;
  readonly firmware: 'bios' | 'uefi';
  /** Seconds until the VM must be ready. */
  readonly timeout: number;
  readonly hypervisor: Hypervisor;
  readonly signal: AbortSignal;
  readonly onLog?: (path: string) => void;
}

/** A command line for any shell that asks `model` at `endpoint`. */
export function curlLine({ baseUrl, key, authority }: Endpoint, model: string): string {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Say that you are there.' }] });
  const headers = [`Authorization: Bearer ${key}`, 'Content-Type: application/json'];
  return [
    `curl --cacert ${singleQuoted(authority)}`,
    ...headers.map((header) => `-H ${singleQuoted(header)}`),
    `-d ${singleQuoted(body)} ${baseUrl}/chat/completions`,
  ].join(' ');
}

async function show(endpoint: Endpoint, progress: Progress, signal: AbortSignal): Promise<void> {
  const proof = await prove(endpoint, signal);
  progress.say('');
  progress.say(`  endpoint        ${endpoint.baseUrl}`);
  progress.say(`  models          ${proof.models.join(', ')}`);
  progress.say(`  CA certificate  ${endpoint.authority}`);
  // The key goes to the terminal alone: the log file must not hold it.
  process.stdout.write(`  key             ${endpoint.key}\n\n`);
  process.stdout.write(`${curlLine(endpoint, proof.models[0] ?? '')}\n\n`);
  progress.say(`  it answered     ${proof.chat.text.trim()}  (${duration(proof.chat.ms)})`);
  progress.say(
    `  streamed        ${proof.streamed.chunks} pieces, the first after ${duration(proof.streamed.firstMs)}`,
  );
  progress.say('  a wrong key     refused with 401');
}

async function untilInterrupted(appliance: Appliance, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await Promise.race([
    appliance.machine.exited,
    new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true })),
  ]);
}

/**
 * Boots an image, follows its boot, proves it with the official client and prints how to reach it; then stays
 * until Ctrl-C, or powers it off when asked to do it once.
 */
export async function runSession(request: SessionRequest): Promise<void> {
  const { signal } = request;
  if (request.port !== undefined) await requireFreePort(request.port);
  const sessions = join(cacheDirectory(), 'vm');
  await removeLeftovers(sessions);
  const directory = join(sessions, String(process.pid));
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const logFile = join(directory, 'vm.log');
  request.onLog?.(logFile);
  const log = openLog(logFile);
  try {
    const progress = printProgress(process.stdout, log.stream);
    progress.say(
      `Booting ${request.image} (${request.hypervisor.accelerator}, ${request.memory} MiB). Details: ${logFile}`,
    );
    await follow(request, directory, progress, loggingShell(log.stream, signal));
  } finally {
    await log.end();
  }
}

async function follow(
  request: SessionRequest,
  directory: string,
  progress: Progress,
  shell: Shell,
): Promise<void> {
  const { signal } = request;
  const appliance = await boot(
    {
      ...request,
      directory,
      ports: { https: request.port ?? (await freePort()), ssh: await freePort() },
    },
    shell,
  );
  let kept = true;
  try {
    progress.say(`  console         ${appliance.machine.consolePath}`);
    const step = progress.step('boot', 'following its console');
    await waitUntilReady(appliance, request.timeout, signal, (line) =>
      progress.say(`    ${line.trimEnd()}`),
    ).catch((error: unknown) => {
      step.failed();
      throw error;
    });
    step.done('ready');
    await show(await appliance.endpoint(), progress, signal);
    kept = false;
    if (!request.once) {
      progress.say('\nCtrl-C powers it off.');
      await untilInterrupted(appliance, signal);
    }
    const off = progress.step('power off', 'pressing the power button');
    await appliance.machine.powerOff();
    off.done('off');
  } finally {
    await appliance.machine.cutPower();
    // After a failure the console and disk are what explains it.
    if (!kept) await rm(directory, { recursive: true, force: true });
  }
}
