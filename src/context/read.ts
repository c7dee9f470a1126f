import { dirname } from 'node:path';
import * as z from 'zod';
import { failure } from '../errors/catalogue.ts';
import type { ContextProblem } from '../gateway/configuration.ts';
import type { Paths } from '../machine/paths.ts';
import type { System } from '../machine/system.ts';
import type { RawValues } from './context-sh.ts';
import { asProblem, given } from './parse.ts';
import { Secret } from './secret.ts';
import { readCloudInit } from './sources/cloud-init.ts';
import { readDisk } from './sources/disk.ts';
import { exists, readContextDirectory } from './sources/files.ts';
import { readOneContext } from './sources/one-context.ts';
import type { ContextSource, Found } from './sources/source.ts';

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

/**
 * Reads the first context there is (DESIGN decision 9): one-context's copy, the disk, what cloud-init read,
 * the file. A source that is there but broken is a warning and the next one is tried: the machine comes up
 * with what it has.
 * @param patience Milliseconds to wait for the disk, unless one-context has had its own look at it.
 */
export async function readContext(paths: Paths, system: System, patience: number): Promise<Context> {
  const { oneContext, cloudInit, contextFile } = paths;
  // Also where one-context found no context: what it does not apply is not for two to apply.
  const isApplied = await exists(paths.oneContextDaemon);
  const diskPatience = (await exists(oneContext)) ? 0 : patience;
  const sources: readonly ContextSource[] = [
    { name: 'one-context', foreign: true, read: () => readOneContext(oneContext, paths, system) },
    { name: 'context disk', foreign: false, read: () => readDisk(paths, system, diskPatience) },
    { name: 'cloud-init', foreign: true, read: () => readCloudInit(cloudInit) },
    { name: contextFile, foreign: false, read: () => readContextDirectory(dirname(contextFile)) },
  ];
  const warnings: ContextProblem[] = [];
  for (const { name, foreign, read } of sources) {
    let found: Found | undefined;
    try {
      found = await read();
    } catch (error) {
      const reason = reasonOf(error);
      warnings.push(asProblem(failure('CONTEXT_DISK_BROKEN', { place: name, reason }, { cause: error })));
    }
    if (found === undefined) continue;
    const { values, problems } = found;
    const named = given(values, 'ONEGATE_TOKEN');
    return {
      source: name,
      values,
      complete: problems.length === 0,
      foreign: foreign || isApplied,
      token: named === undefined ? found.token : new Secret(named),
      warnings: [...warnings, ...problems.map((problem) => asProblem(problem))],
    };
  }
  if (warnings.length === 0) warnings.push(asProblem(failure('CONTEXT_MISSING', {})));
  const values = new Map<string, string>();
  return { source: undefined, values, complete: false, foreign: isApplied, token: undefined, warnings };
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error).replaceAll('\n', ' ');
  return error instanceof Error ? error.message : String(error);
}
