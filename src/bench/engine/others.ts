import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Something measured while others used the machine too. */
export interface Disturbed {
  /** Part of all processors' time that neither we nor our children used, and that was not idle: 0..1. */
  readonly others: number;
}

/** Ticks since boot (USER_HZ): of all processors whether used or not, idle ones, and of us with our children. */
interface Ticks {
  readonly all: number;
  readonly idle: number;
  readonly own: number;
}

/** Below this part the machine counts as quiet. */
const quietShare = 0.05;

/** Does `work` and tells how much of the machine others took meanwhile, what the hypervisor stole included. */
export async function watchingOthers<Result>(
  work: () => Promise<Result>,
): Promise<{ readonly result: Result } & Disturbed> {
  const before = await readTicks();
  const result = await work();
  return { result, others: shareOfOthers(before, await readTicks()) };
}

/** Waits until the machine is quiet, for `patience` milliseconds at most. */
export async function quietMoment(patience: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + patience;
  while (performance.now() < deadline) {
    const { others } = await watchingOthers(() => sleep(500, undefined, { signal }));
    if (others < quietShare) return;
  }
}

/** The half that was least disturbed, and no fewer than two. Pure. */
export function leastDisturbed<Sample extends Disturbed>(samples: readonly Sample[]): readonly Sample[] {
  const count = Math.max(2, Math.ceil(samples.length / 2));
  return samples.toSorted((a, b) => a.others - b.others).slice(0, count);
}

/** Pure. */
export function shareOfOthers(before: Ticks, after: Ticks): number {
  const all = after.all - before.all;
  const busy = all - (after.idle - before.idle);
  return all > 0 ? Math.max(0, (busy - (after.own - before.own)) / all) : 0;
}

async function readTicks(): Promise<Ticks> {
  const [stat, own] = await Promise.all([readFile('/proc/stat', 'utf8'), ownTicks()]);
  return { ...parseStat(stat), own };
}

/** The first line of /proc/stat (proc_stat(5)): user, nice, system, idle, iowait, irq, softirq, steal, guest… Pure. */
export function parseStat(text: string): Omit<Ticks, 'own'> {
  const [first = ''] = text.split('\n');
  // What guests use is in `user` already.
  const fields = first.split(/\s+/).slice(1, 9).map(Number);
  const [, , , idle = 0, waiting = 0] = fields;
  return { all: fields.reduce((sum, field) => sum + field, 0), idle: idle + waiting };
}

/** A process in /proc/[pid]/stat (proc_pid_stat(5)), the children it has waited for included. Pure. */
export function parseProcess(text: string): { readonly parent: number; readonly ticks: number } {
  // The name, in parentheses, may have spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const times = fields.slice(11, 15).map(Number);
  return { parent: Number(fields[1]), ticks: times.reduce((sum, time) => sum + time, 0) };
}

async function ownTicks(): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const processes = new Map<number, ReturnType<typeof parseProcess>>();
  for (const pid of pids) {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    if (text) processes.set(Number(pid), parseProcess(text));
  }
  const isOurs = (pid: number): boolean => {
    if (pid === process.pid) return true;
    const parent = processes.get(pid)?.parent ?? 0;
    return parent > 0 && isOurs(parent);
  };
  return [...processes].filter(([pid]) => isOurs(pid)).reduce((sum, [, { ticks }]) => sum + ticks, 0);
}
