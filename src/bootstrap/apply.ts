import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Paths } from '../machine/paths.ts';
import { units } from '../machine/paths.ts';
import type { System } from '../machine/system.ts';
import { makeDirectory, readPermissions, readText, removeFile, setMark, writeWhole } from './files.ts';
import type { Action, Desired, Observed } from './plan.ts';

export interface Effects {
  readonly paths: Paths;
  readonly system: System;
  /** Called before each action; tests stop a run here. */
  readonly before: (action: Action) => void;
}

/** What systemd calls a unit that reads its files now or has read them. */
const activeStates = new Set(['active', 'reloading', 'activating']);

/** Does what was planned, in order; the first failure ends it, and the next run completes it. */
export async function carryOut(actions: readonly Action[], effects: Effects): Promise<void> {
  let isHeld = false;
  try {
    for (const action of actions) {
      effects.before(action);
      await perform(action, effects);
      if (action.do === 'hold requests') isHeld = true;
      if (action.do === 'resume requests') isHeld = false;
    }
  } finally {
    // An engine that did not restart may still answer.
    if (isHeld) await effects.system.resumeRequests();
  }
}

/** Looks at everything that `desired` speaks of. */
export async function observe(
  desired: Desired,
  { paths, system }: Pick<Effects, 'paths' | 'system'>,
): Promise<Observed> {
  const files: [string, { content: string; mode: number; uid: number; gid: number }][] = [];
  for (const { path } of [...desired.files, ...desired.absent]) {
    const found = await readPermissions(path);
    if (!found) continue;
    // A link is not the file that was asked for, whatever it points to.
    const content = found.isFile ? ((await readText(path)) ?? '') : '(no regular file)';
    files.push([path, { ...found, content, ...(!found.isFile && { mode: -1 }) }]);
  }
  const directories: [string, { mode: number; uid: number; gid: number }][] = [];
  for (const { path } of desired.directories) {
    const found = await readPermissions(path);
    if (found) directories.push([path, found]);
  }
  const statuses = await system.unitStatuses([
    ...new Set([...desired.running, ...desired.reloading, ...desired.stopped]),
  ]);
  const active = new Set(
    [...statuses].filter(([, { state }]) => activeStates.has(state)).map(([unit]) => unit),
  );
  const marks = new Set(await readdir(paths.pending).catch(() => []));
  return {
    files: new Map(files),
    directories: new Map(directories),
    active,
    pending: new Set(Object.values(units).filter((unit) => marks.has(unit))),
    hostname: await system.hostname(),
    unusedDisk: desired.growRootDisk ? await system.unusedDisk() : 0,
  };
}

async function perform(action: Action, { paths, system }: Effects): Promise<unknown> {
  switch (action.do) {
    case 'make directory':
      return makeDirectory(action.directory);
    case 'remember restart':
      return setMark(paths.pending, action.unit);
    case 'forget restart':
      return removeFile(join(paths.pending, action.unit));
    case 'write':
      return writeWhole(action.file);
    case 'remove':
      return removeFile(action.path);
    case 'set hostname':
      return system.setHostname(paths.kernelHostname, action.hostname);
    case 'grow root disk':
      return system.growRootDisk();
    case 'reload':
      return system.reload(action.unit);
    case 'hold requests':
      return system.holdRequests();
    case 'resume requests':
      return system.resumeRequests();
    case 'stop':
      return system.stop(action.unit);
    case 'restart':
      return system.restart(action.unit);
    case 'start':
      return system.start(action.unit);
  }
}
