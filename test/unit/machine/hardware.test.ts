import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { observeHardware } from '../../../src/machine/hardware.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'onepilot-hardware-'));
});
afterEach(() => rm(root, { recursive: true }));

async function given(files: Readonly<Record<string, string>>) {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return observeHardware(join(root, 'system'), join(root, 'cpuinfo'), join(root, 'engine'));
}

it('counts two threads of one core once', async () => {
  const siblings = (cpu: number, list: string) =>
    [`system/cpu/cpu${cpu}/topology/thread_siblings_list`, `${list}\n`] as const;
  const { cores } = await given(Object.fromEntries([siblings(0, '0-1'), siblings(1, '0-1')]));
  expect(cores).toBe(1);
});

it('knows no more cores than this process may use', async () => {
  const cpus = Object.fromEntries(
    Array.from({ length: 512 }, (_, cpu) => [
      `system/cpu/cpu${cpu}/topology/thread_siblings_list`,
      `${cpu}\n`,
    ]),
  );
  expect((await given(cpus)).cores).toBe(availableParallelism());
});

it('takes the limits of the engine’s unit for the machine', async () => {
  const { memory, cores } = await given({
    'engine/memory.max': '1048576\n',
    'engine/cpu.max': '100000 100000\n',
  });
  expect(memory).toBe(1_048_576);
  expect(cores).toBe(1);
  const unlimited = await given({ 'engine/memory.max': 'max\n', 'engine/cpu.max': 'max 100000\n' });
  expect(unlimited.memory).toBeLessThanOrEqual(totalmem());
  expect(unlimited.memory).toBeGreaterThan(1_048_576);
  expect(unlimited.cores).toBe(availableParallelism());
});

it('is the same machine whatever some pages more or less the kernel keeps for itself', async () => {
  const { memory } = await given({});
  expect(memory % (32 * 2 ** 20)).toBe(0);
  expect(totalmem() - memory).toBeLessThan(32 * 2 ** 20);
});

it.each([
  ['fpu sse4_2 avx avx2', 'AVX2'],
  ['avx2 avx512f avx512_vnni', 'AVX-512 with VNNI'],
  ['fpu', 'no vector instructions known'],
])('reads from %s that there is %s', async (flags, simd) => {
  expect(await given({ cpuinfo: `processor : 0\nflags\t\t: ${flags}\n` })).toMatchObject({
    simd,
    numaNodes: 1,
  });
});

it('counts NUMA nodes', async () => {
  const nodes = { 'system/node/node0/x': '', 'system/node/node1/x': '', 'system/node/possible': '' };
  expect((await given(nodes)).numaNodes).toBe(2);
});
