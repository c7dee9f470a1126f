import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import type { EngineMachine } from '../engine/sizing/machine.ts';

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
 * What computes and remembers here, within the limits of cgroups (`memory.max`, `cpu.max`) and affinity.
 * @param system `/sys/devices/system`
 */
export async function observeHardware(
  system = '/sys/devices/system',
  processors = '/proc/cpuinfo',
): Promise<EngineMachine> {
  const limit = process.constrainedMemory();
  const memory = totalmem();
  return {
    memory: limit > 0 ? Math.min(memory, limit) : memory,
    cores: Math.max(1, Math.min(await countCores(join(system, 'cpu')), availableParallelism())),
    numaNodes: Math.max(1, (await names(join(system, 'node'), /^node\d+$/)).length),
    simd: simdOf(await readFile(processors, 'utf8').catch(() => '')),
  };
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
