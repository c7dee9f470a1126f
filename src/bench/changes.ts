import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrivateMachine } from './private-machine.ts';

/** What each run of the agent leaves by design: its number and a line in its log; and the bench's own notes. */
const expected = /^(run\/onepilot\/latest-run$|var\/log\/one-appliance\/|run\/bench\/|\.changes)/;

/** Every file that the machine has and this one has not, or not so, with what tells whether it was written again. */
export type Written = ReadonlyMap<string, string>;

/** Looks at what has been written on `machine` since it began. */
export async function written(machine: PrivateMachine): Promise<Written> {
  const root = machine.path('/.changes');
  const found = new Map<string, string>();
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    // A directory's time also changes by what is written in it by design.
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(root.length + 1);
    if (expected.test(name)) continue;
    const { ino, ctimeMs } = await lstat(path);
    found.set(name, `${ino} ${ctimeMs}`);
  }
  return found;
}

/** Paths that were written, removed or added between two looks. Pure. */
export function changedBetween(before: Written, after: Written): string[] {
  const all = new Set([...before.keys(), ...after.keys()]);
  return [...all].filter((path) => before.get(path) !== after.get(path)).sort();
}

/** What systemctl has been asked since the last time, a line a call. */
export async function takeCalls(machine: PrivateMachine): Promise<string[]> {
  const path = machine.path('/run/bench/calls');
  const text = await readFile(path, 'utf8').catch(() => '');
  await rm(path, { force: true });
  return text.split('\n').filter((line) => line);
}
