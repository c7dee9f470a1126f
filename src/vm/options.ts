import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Hypervisor } from '../builder/hypervisor.ts';
import { packagedImage } from '../builder/stages/package.ts';
import { parseCommandLine, wholeNumber } from '../cli/arguments.ts';
import { failure } from '../errors/catalogue.ts';
import { type ContextValues, parseAssignment } from './context-disk.ts';
import type { SessionRequest } from './session.ts';

/** Options that `npm run vm` and `npm run try` share, for their help texts. */
export const vmOptionsHelp = `  --context FILE   context values, one KEY=VALUE a line (# starts a comment)
  --set KEY=VALUE  a context value; may be repeated
  --no-context     boot without a context disk
  --once           prove it with the official OpenAI client, power off; the exit status tells
  --port NUMBER    HTTPS port on 127.0.0.1 (default 8443; with --once any free one)
  --memory MIB     memory of the VM (default 2048)
  --cpu MODEL      QEMU's CPU model (default: the best the accelerator has)
  --uefi           boot under UEFI firmware instead of BIOS
  --timeout SEC    seconds until it must be ready (default 300)
`;

export const vmOptions = {
  image: { type: 'string' },
  context: { type: 'string' },
  set: { type: 'string', multiple: true, default: [] as string[] },
  'no-context': { type: 'boolean', default: false },
  once: { type: 'boolean', default: false },
  port: { type: 'string' },
  memory: { type: 'string', default: '2048' },
  cpu: { type: 'string' },
  uefi: { type: 'boolean', default: false },
  timeout: { type: 'string', default: '300' },
  help: { type: 'boolean', default: false },
} as const;

async function contextFile(path: string): Promise<ContextValues> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw failure('VM_BAD_CONTEXT', { problem: `${path} cannot be read.` });
  });
  const lines = text.split('\n').filter((line) => line.trim() && !line.startsWith('#'));
  return Object.fromEntries(lines.map(parseAssignment));
}

/** Reads the command line of `npm run vm`; undefined when it asked for help. */
export async function readVmOptions(
  command: string,
  args?: string[],
): Promise<((hypervisor: Hypervisor, signal: AbortSignal) => SessionRequest) | undefined> {
  const { values } = parseCommandLine(command, { options: vmOptions, ...(args ? { args } : {}) });
  if (values.help) return undefined;
  const port = values.port === undefined ? undefined : wholeNumber(command, 'port', values.port, 1, 65_535);
  const given = {
    ...(values.context === undefined ? {} : await contextFile(values.context)),
    ...Object.fromEntries(values.set.map(parseAssignment)),
  };
  const memory = wholeNumber(command, 'memory', values.memory, 256, 1_048_576);
  const timeout = wholeNumber(command, 'timeout', values.timeout, 1, 86_400);
  return (hypervisor, signal) => ({
    image: values.image ?? join('output', packagedImage({ profile: 'smoke' })),
    context: values['no-context'] ? undefined : given,
    once: values.once,
    port: port ?? (values.once ? undefined : 8443),
    memory,
    cpuModel: values.cpu,
    firmware: values.uefi ? 'uefi' : 'bios',
    timeout,
    hypervisor,
    signal,
  });
}
