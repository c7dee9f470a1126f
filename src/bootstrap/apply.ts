import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Paths, Unit } from '../machine/paths.ts';
import { units } from '../machine/paths.ts';
import type { System } from '../machine/system.ts';
import { makeDirectory, readPermissions, readText, removeFile, setMark, writeWhole } from './files.ts';
import { type Action, type Desired, type Observed, plan } from './plan.ts';

export interface Effects {
  readonly paths: Paths;
  readonly system: System;
  /** Called before each action; tests stop a run here. */
  readonly before: (action: Action) => void;
}

/** Makes the machine what is desired; gives back what had to be done, which is nothing the second time. */
export async function converge(desired: Desired, effects: Effects): Promise<readonly Action[]> {
  const actions = plan(desired, await observe(desired, effects));
  for (const action of actions) {
    effects.before(action);
    await perform(action, effects);
  }
  return actions;
}

/** Looks at everything that `desired` speaks of. */
async function observe(desired: Desired, { paths, system }: Effects): Promise<Observed> {
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
  const active = new Set<Unit>();
  for (const unit of [...desired.running, ...desired.reloading]) {
    const { state } = await system.unitStatus(unit);
    if (state === 'active' || state === 'reloading' || state === 'activating') active.add(unit);
  }
  const marks = new Set(await readdir(paths.pending).catch(() => []));
  return {
    files: new Map(files),
    directories: new Map(directories),
    active,
    pending: new Set(Object.values(units).filter((unit) => marks.has(unit))),
    hostname: await system.hostname(),
  };
}

async function perform(action: Action, { paths, system }: Effects): Promise<void> {
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
    case 'reload':
      return system.reloadNetwork();
    case 'restart':
      return system.restart(action.unit);
    case 'start':
      return system.start(action.unit);
  }
}
