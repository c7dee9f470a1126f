import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import type { EngineMachine } from '../engine/sizing/machine.ts';
import { mebibyte } from '../engine/sizing/memory.ts';

/** Instructions by the word that the kernel has for them, the widest first, as the engine's builds use them. */
const simdNames = [
  ['amx_int8', 'AMX'],
  ['avx512_vnni', 'AVX-512 with VNNI'],
  ['avx512f', 'AVX-512'],
  ['avx_vnni', 'AVX2 with VNNI'],
  ['avx2', 'AVX2'],
  ['avx', 'AVX'],
  ['sse4_2', 'SSE4.2'],
] as const;

/**
 * Bytes. What the kernel keeps for itself differs by some pages from boot to boot; without rounding, each boot would
 * be another machine to be sized for.
 */
const memoryStep = 32 * mebibyte;

/**
 * What computes and remembers here, within the affinity and the control groups of this process, and of the engine
 * (`memory.max`, `cpu.max`), should somebody have given its unit limits. Free memory is no part of it: on an appliance
 * the rest is small and counted (src/engine/sizing/machine.ts), and what is free depends on what the engine has now.
 * @param system `/sys/devices/system`
 */
export async function observeHardware(
  system = '/sys/devices/system',
  processors = '/proc/cpuinfo',
  engineGroup = '/sys/fs/cgroup/system.slice/onepilot-engine.service',
): Promise<EngineMachine> {
  const limits = [process.constrainedMemory(), await memoryLimit(engineGroup)].filter((limit) => limit > 0);
  const quota = await cpuLimit(engineGroup);
  const cores = Math.min(await countCores(join(system, 'cpu')), availableParallelism(), quota);
  return {
    memory: Math.min(roundedDown(totalmem()), ...limits),
    cores: Math.max(1, Math.floor(cores)),
    numaNodes: Math.max(1, (await names(join(system, 'node'), /^node\d+$/)).length),
    simd: simdOf(await readFile(processors, 'utf8').catch(() => '')),
  };
}

function roundedDown(memory: number): number {
  return Math.max(memoryStep, memory - (memory % memoryStep));
}

/** Bytes; 0 where there is no limit. */
async function memoryLimit(group: string): Promise<number> {
  return Number(await readFile(join(group, 'memory.max'), 'utf8').catch(() => '')) || 0;
}

/** CPUs' worth of time, as `cpu.max` limits it: microseconds in each period. */
async function cpuLimit(group: string): Promise<number> {
  const [quota, period] = (await readFile(join(group, 'cpu.max'), 'utf8').catch(() => ''))
    .split(' ')
    .map(Number);
  return quota && period ? quota / period : Number.POSITIVE_INFINITY;
}

/** Sets of threads that are one core each; as many as there are CPUs where the kernel does not tell. */
async function countCores(directory: string): Promise<number> {
  const cpus = await names(directory, /^cpu\d+$/);
  const siblings = await Promise.all(
    cpus.map(async (cpu) => {
      const list = join(directory, cpu, 'topology/thread_siblings_list');
      return (await readFile(list, 'utf8').catch(() => cpu)).trim();
    }),
  );
  return new Set(siblings).size || Number.POSITIVE_INFINITY;
}

async function names(directory: string, pattern: RegExp): Promise<string[]> {
  return (await readdir(directory).catch(() => [])).filter((name) => pattern.test(name));
}

function simdOf(text: string): string {
  const flags = new Set((/^flags\s*:(.*)$/m.exec(text)?.[1] ?? '').split(' '));
  return simdNames.find(([flag]) => flags.has(flag))?.[1] ?? 'no vector instructions known';
}
