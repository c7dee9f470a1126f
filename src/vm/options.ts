import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packagedImage } from '../builder/artefacts.ts';
import { parseCommandLine, wholeNumber } from '../cli/arguments.ts';
import { failure } from '../errors/catalogue.ts';
import { type ContextValues, parseAssignment } from './context-disk.ts';
import type { SessionRequest } from './session.ts';

/** Options that `npm run vm` and `npm run try` share, for their help texts. */
export const vmOptionsHelp = `  --context FILE   context values, one KEY=VALUE a line (# starts a comment)
  --set KEY=VALUE  a context value; may be repeated (every user sees it: secrets belong in --context FILE)
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
  return Object.fromEntries(
    text
      .split('\n')
      .map((line, index) => ({ line, place: `Line ${index + 1} of ${path}` }))
      .filter(({ line }) => line.trim() && !line.startsWith('#'))
      .map(({ line, place }) => parseAssignment(line, place)),
  );
}

/** What a command line says of a session. */
export type VmOptions = Omit<SessionRequest, 'hypervisor' | 'signal' | 'onLog'>;

/**
 * Reads the command line of `npm run vm` or `npm run try`; undefined when it asked for help.
 * @param ownImage the image that the command boots, whatever else there is; undefined: --image names one
 * @throws BUILD_BAD_OPTION, VM_BAD_CONTEXT
 */
export async function readVmOptions(
  command: string,
  ownImage?: string,
  args?: string[],
): Promise<VmOptions | undefined> {
  const { values } = parseCommandLine(command, { options: vmOptions, ...(args ? { args } : {}) });
  if (values.help) return undefined;
  if (ownImage !== undefined && values.image !== undefined) {
    const problem = '--image: this command boots the image that it builds.';
    throw failure('BUILD_BAD_OPTION', { problem, command });
  }
  const port = values.port === undefined ? undefined : wholeNumber(command, 'port', values.port, 1, 65_535);
  const given = {
    ...(values.context === undefined ? {} : await contextFile(values.context)),
    ...Object.fromEntries(
      values.set.map((text, index) => parseAssignment(text, `--set number ${index + 1}`)),
    ),
  };
  const memory = wholeNumber(command, 'memory', values.memory, 256, 1_048_576);
  const timeout = wholeNumber(command, 'timeout', values.timeout, 1, 86_400);
  return {
    image: ownImage ?? values.image ?? join('output', packagedImage({ profile: 'smoke' })),
    context: values['no-context'] ? undefined : given,
    once: values.once,
    port: port ?? (values.once ? undefined : 8443),
    memory,
    cpuModel: values.cpu,
    firmware: values.uefi ? 'uefi' : 'bios',
    timeout,
  };
}
