import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MemoryReading, Stall } from './pressure.ts';

/** Directories as the gateway's unit sees them, which hides `/proc/pressure` and `/proc/meminfo` (`ProcSubset=pid`). */
export interface PressureSources {
  /** The control group of the engine's unit. */
  readonly engineGroup: string;
  /** Root of the control groups (version 2): its `memory.pressure` is the machine's. */
  readonly rootGroup: string;
  /** `/sys/devices/system/node`, with a `meminfo` in the directory of each NUMA node. */
  readonly nodes: string;
}

export const pressureSources: PressureSources = {
  engineGroup: '/sys/fs/cgroup/system.slice/onepilot-engine.service',
  rootGroup: '/sys/fs/cgroup',
  nodes: '/sys/devices/system/node',
};

/** Reads what there is, seven small files; never throws. */
export async function readMemory(sources: PressureSources = pressureSources): Promise<MemoryReading> {
  const { engineGroup, rootGroup, nodes } = sources;
  const [machine, engine, events, stat, current, limit, free] = await Promise.all([
    textOf(join(rootGroup, 'memory.pressure')),
    textOf(join(engineGroup, 'memory.pressure')),
    textOf(join(engineGroup, 'memory.events')),
    textOf(join(engineGroup, 'memory.stat')),
    textOf(join(engineGroup, 'memory.current')),
    textOf(join(engineGroup, 'memory.max')),
    machineAvailable(nodes),
  ]);
  const reading = {
    stall: worse(parseStall(machine), parseStall(engine)),
    oomKills: fieldOf(events, 'oom_kill'),
    anonymous: fieldOf(stat, 'anon'),
    available: smallest(free, groupAvailable(current, limit, stat)),
  };
  return Object.fromEntries(Object.entries(reading).filter(([, value]) => value !== undefined));
}

/** The `avg10` of a PSI file (Documentation/accounting/psi.rst); undefined when it is none. */
export function parseStall(text: string): Stall | undefined {
  const some = /^some avg10=(\d+\.\d+)/m.exec(text)?.[1];
  const full = /^full avg10=(\d+\.\d+)/m.exec(text)?.[1];
  return some === undefined || full === undefined ? undefined : { some: Number(some), full: Number(full) };
}

function worse(a: Stall | undefined, b: Stall | undefined): Stall | undefined {
  if (!a || !b) return a ?? b;
  return { some: Math.max(a.some, b.some), full: Math.max(a.full, b.full) };
}

/** The number behind `name` in a flat keyed file of a control group. */
function fieldOf(text: string, name: string): number | undefined {
  const value = new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1];
  return value === undefined ? undefined : Number(value);
}

/** What the group's limit leaves; undefined without a limit. Pages of files do not count: they are given up first. */
function groupAvailable(current: string, limit: string, stat: string): number | undefined {
  const used = Number.parseInt(current, 10);
  const most = Number.parseInt(limit, 10);
  if (Number.isNaN(used) || Number.isNaN(most)) return undefined;
  return most - used + (fieldOf(stat, 'active_file') ?? 0) + (fieldOf(stat, 'inactive_file') ?? 0);
}

/** Much as the kernel estimates `MemAvailable`, without the watermarks; bytes. */
async function machineAvailable(nodes: string): Promise<number | undefined> {
  const online = await textOf(join(nodes, 'online'));
  const texts = await Promise.all(
    numbersIn(online).map((node) => textOf(join(nodes, `node${node}`, 'meminfo'))),
  );
  const lines = texts.join('\n');
  const free = /^Node \d+ (?:MemFree|Active\(file\)|Inactive\(file\)|SReclaimable): +(\d+) kB$/gm;
  const kibibytes = [...lines.matchAll(free)].map(([, size]) => Number(size));
  return kibibytes.length === 0 ? undefined : kibibytes.reduce((sum, size) => sum + size, 0) * 1024;
}

/** A kernel list such as `0-1,4`. */
function numbersIn(list: string): number[] {
  return list
    .trim()
    .split(',')
    .flatMap((range) => {
      const [first = Number.NaN, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 || 0 }, (_, index) => first + index);
    });
}

function smallest(...sizes: readonly (number | undefined)[]): number | undefined {
  const known = sizes.filter((size) => size !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** Empty where there is nothing to read. */
function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
