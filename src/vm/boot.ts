import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import type { Hypervisor } from '../builder/hypervisor.ts';
import type { Shell } from '../builder/shell.ts';
import { failure } from '../errors/catalogue.ts';
import { type ContextValues, renderContext, writeContextDisk } from './context-disk.ts';
import { changeMedium } from './hotplug.ts';
import { endOfConsole, Machine } from './machine.ts';
import { guestNetwork, type MachineShape } from './qemu.ts';
import { makeSshKey, type SshKey, shareConnection, sshCommand } from './ssh.ts';

/** What to boot, and how. */
export interface BootRequest {
  readonly image: string;
  /** Context values beside those of the network; undefined: no context disk at all. */
  readonly context: ContextValues | undefined;
  /** Directory for disk, console and keys of this VM. */
  readonly directory: string;
  readonly hypervisor: Hypervisor;
  readonly ports: MachineShape['ports'];
  /** MiB. */
  readonly memory: number;
  readonly firmware?: MachineShape['firmware'];
  readonly cpuModel?: string | undefined;
  readonly cpus?: number | undefined;
  readonly network?: MachineShape['network'];
  readonly clock?: MachineShape['clock'];
  readonly modelDisk?: MachineShape['modelDisk'];
  /** A file to attach as the context disk in place of a good one: to see what the appliance makes of it. */
  readonly brokenContextDisk?: string | undefined;
}

/** How a client on this host reaches the appliance. */
export interface Endpoint {
  /** Base address of the OpenAI-compatible interface. */
  readonly baseUrl: string;
  readonly key: string;
  /** File with the certificate of the VM's own authority, in PEM. */
  readonly authority: string;
}

/** A VM that was started; it may not have finished booting. */
export interface Appliance {
  readonly machine: Machine;
  readonly sshKey: SshKey;
  /** Runs a command line in the VM's shell as root. `secret`: its output must not be logged. */
  ssh(command: string, options?: { readonly secret?: boolean }): Promise<string>;
  /** Puts another context disk in, as OpenNebula does with a VM that runs. */
  changeContext(context: ContextValues): Promise<void>;
  /** Fetches the authority and a generated key over SSH, once the appliance is ready. */
  endpoint(): Promise<Endpoint>;
}

const ImageInfo = z.looseObject({ format: z.string(), 'virtual-size': z.number() });

/** Throws VM_NO_IMAGE or VM_NOT_AN_IMAGE unless `path` is a qcow2 file that could be a disk. */
export async function checkImage(path: string, shell: Shell): Promise<void> {
  if (!(await stat(path).catch(() => undefined))) throw failure('VM_NO_IMAGE', { path });
  const printed = await shell.run(['qemu-img', 'info', '--output=json', path]).catch((error: unknown) => {
    throw failure('VM_NOT_AN_IMAGE', { path, reason: 'qemu-img cannot read it' }, { cause: error });
  });
  const info = ImageInfo.parse(JSON.parse(printed));
  if (info.format !== 'qcow2')
    throw failure('VM_NOT_AN_IMAGE', { path, reason: `its format is ${info.format}` });
}

/** Adds this run's SSH key to those the context already names. */
function withSshKey(context: ContextValues, key: SshKey): ContextValues {
  const given = context.SSH_PUBLIC_KEY;
  return { ...context, SSH_PUBLIC_KEY: given ? `${given}\n${key.publicKey}` : key.publicKey };
}

function contextText(context: ContextValues, key: SshKey): string {
  return renderContext(withSshKey({ NETWORK: 'YES', ...guestNetwork, ...context }, key));
}

/** A fresh overlay of the image, a context disk, and QEMU running on them. */
export async function boot(request: BootRequest, shell: Shell): Promise<Appliance> {
  const { directory, context } = request;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await checkImage(request.image, shell);
  const disk = join(directory, 'disk.qcow2');
  await shell.run([
    'qemu-img',
    'create',
    '-q',
    '-f',
    'qcow2',
    '-F',
    'qcow2',
    '-b',
    resolve(request.image),
    disk,
  ]);
  const key = await makeSshKey(directory, shell);
  const contextDisk = join(directory, 'context.iso');
  if (context) {
    await writeContextDisk(contextDisk, contextText(context, key), shell);
  }
  const machine = await Machine.start({
    ...request,
    firmware: request.firmware ?? 'bios',
    disk,
    contextDisk: request.brokenContextDisk ?? (context ? contextDisk : undefined),
  });
  return appliance(machine, key, context?.ONEAPP_COPILOT_API_PASSWORD, shell);
}

function appliance(machine: Machine, key: SshKey, chosen: string | undefined, shell: Shell): Appliance {
  const { ports, directory } = machine.shape;
  let changes = 0;
  let isShared = false;
  const ssh: Appliance['ssh'] = async (command, options = {}) => {
    const output = await shell.run([...sshCommand(key, ports.ssh), command], {
      secret: options.secret ?? false,
    });
    if (!isShared) shareConnection(key, ports.ssh);
    isShared = true;
    return output;
  };
  return {
    machine,
    sshKey: key,
    ssh,
    async changeContext(context) {
      changes += 1;
      const path = join(directory, `context-${changes}.iso`);
      await writeContextDisk(path, contextText(context, key), shell);
      await changeMedium(machine, path);
    },
    async endpoint() {
      const authority = join(directory, 'ca.crt');
      await writeFile(authority, `${await ssh('cat /var/lib/onepilot/authority/ca.crt')}\n`);
      // An empty value counts as none, and the VM then makes a key of its own.
      const apiKey = chosen || (await ssh('onepilot key', { secret: true }));
      return { baseUrl: `https://127.0.0.1:${ports.https}/v1`, key: apiKey, authority };
    },
  };
}

/**
 * Waits until the appliance says that it is ready.
 * @param timeout seconds
 * @throws VM_NOT_READY, VM_DIED, or VM_FAILED with the appliance's own reason
 */
export async function waitUntilReady(
  { machine }: Appliance,
  timeout: number,
  signal: AbortSignal,
  onLine?: (line: string) => void,
): Promise<void> {
  const outcome = await machine.outcome(timeout, signal, onLine);
  if (outcome.state === 'failed') {
    const console = endOfConsole(await readFile(machine.consolePath, 'utf8'));
    throw failure('VM_FAILED', { reason: outcome.text, console, path: machine.consolePath });
  }
}

/**
 * Starts a machine that was powered off or cut again, from the disk it left.
 * @param context What its context disk says now; undefined: what it said.
 */
export async function restart(
  { machine, sshKey }: Appliance,
  context: ContextValues | undefined,
  shell: Shell,
): Promise<Appliance> {
  const { contextDisk } = machine.shape;
  if (context && contextDisk) await writeContextDisk(contextDisk, contextText(context, sshKey), shell);
  return appliance(await Machine.start(machine.shape), sshKey, context?.ONEAPP_COPILOT_API_PASSWORD, shell);
}
