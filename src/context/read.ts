import { constants } from 'node:fs';
import { access, mkdtemp, open, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../errors/catalogue.ts';
import type { ContextProblem } from '../gateway/configuration.ts';
import type { Paths } from '../machine/paths.ts';
import type { System } from '../machine/system.ts';
import { parseContextSh, type RawValues } from './context-sh.ts';
import { asProblem } from './parse.ts';
import type { Secret } from './secret.ts';

/** The context as it was found. */
export interface Context {
  /** Where it came from, for the report; undefined when there was none. */
  readonly source: string | undefined;
  readonly values: RawValues;
  /** Whether it was read to its end. When not, settings must not be taken from it. */
  readonly complete: boolean;
  /** Whether somebody else (one-context, cloud-init) applies network, host name and SSH keys. */
  readonly foreign: boolean;
  /** What the VM shows OneGate (`token.txt`, or ONEGATE_TOKEN in the context). */
  readonly token: Secret | undefined;
  readonly warnings: readonly ContextProblem[];
}

/** A place where the context may be. */
interface ContextSource {
  readonly name: string;
  /** The text of `context.sh`; undefined when the place does not exist. Throws when it cannot be read. */
  readonly read: () => Promise<string | undefined>;
}

/** Bytes; a context has a few kilobytes, files on the disk aside. */
const largestContext = 1_048_576;

/** Milliseconds between looks for the disk. */
const lookEvery = 100;

/**
 * Reads the first context there is: the disk, else the file (DESIGN decision 9; the sources of one-context
 * and cloud-init, between them there, are in no image yet). A source that is there but broken is a warning
 * and the next one is tried: the machine comes up with what it has.
 * @param patience Milliseconds to wait for the disk, which udev may not have found yet.
 */
export async function readContext(paths: Paths, system: System, patience: number): Promise<Context> {
  const sources: readonly ContextSource[] = [
    { name: 'context disk', read: () => readDisk(paths.contextDevice, system, patience) },
    { name: paths.contextFile, read: () => readIfPresent(paths.contextFile) },
  ];
  const warnings: ContextProblem[] = [];
  for (const { name, read } of sources) {
    let text: string | undefined;
    try {
      text = await read();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      warnings.push(asProblem(failure('CONTEXT_DISK_BROKEN', { place: name, reason }, { cause: error })));
    }
    if (text === undefined) continue;
    const { values, problems } = parseContextSh(text);
    warnings.push(...problems.map((problem) => asProblem(problem)));
    return {
      source: name,
      values,
      complete: problems.length === 0,
      foreign: false,
      token: undefined,
      warnings,
    };
  }
  if (warnings.length === 0) warnings.push(asProblem(failure('CONTEXT_MISSING', {})));
  return {
    source: undefined,
    values: new Map(),
    complete: false,
    foreign: false,
    token: undefined,
    warnings,
  };
}

async function readDisk(device: string, system: System, patience: number): Promise<string | undefined> {
  if (!(await appears(device, patience))) return undefined;
  const directory = await mkdtemp(join(tmpdir(), 'onepilot-context-'));
  try {
    await system.mount(device, directory);
    try {
      const text = await readIfPresent(join(directory, 'context.sh'));
      if (text === undefined) throw new Error('it holds no context.sh');
      return text;
    } finally {
      await system.unmount(directory);
    }
  } finally {
    await rmdir(directory);
  }
}

async function appears(path: string, patience: number): Promise<boolean> {
  for (let waited = 0; ; waited += lookEvery) {
    if (await exists(path)) return true;
    if (waited >= patience) return false;
    await sleep(lookEvery);
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function readIfPresent(path: string): Promise<string | undefined> {
  if (!(await exists(path))) return undefined;
  // A symbolic link on a foreign disk could point at any file of this machine.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = await file.stat();
    if (size > largestContext) throw new Error(`it has ${size} bytes, more than ${largestContext}`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
