import { cpus, loadavg, release } from 'node:os';
import * as z from 'zod';
import { checkout } from '../builder/places.ts';
import type { Shell } from '../builder/shell.ts';
import type { EngineMachine } from '../engine/sizing/machine.ts';
import { gibibyte } from '../engine/sizing/memory.ts';

/** Where and from what figures were made. */
export const MachineFigures = z.strictObject({
  processor: z.string(),
  cores: z.int(),
  simd: z.string(),
  /** Bytes. */
  memory: z.int().positive(),
  kernel: z.string(),
  node: z.string(),
  commit: z.string(),
  load_average_before: z.number(),
  load_average_after: z.number(),
});
export type MachineFigures = z.infer<typeof MachineFigures>;

/** To be called when everything has been measured. */
export async function describeMachine(
  { cores, simd, memory }: EngineMachine,
  shell: Shell,
  loadBefore: number,
): Promise<MachineFigures> {
  const [processor] = cpus();
  const git = (...words: string[]) => shell.run(['git', '-C', checkout, ...words]);
  const changes = (await git('status', '--porcelain')) ? ' with changes' : '';
  const [load = 0] = loadavg();
  return {
    processor: processor?.model.trim() ?? 'unknown CPU',
    cores,
    simd,
    memory,
    kernel: release(),
    node: process.version,
    commit: `commit ${await git('rev-parse', '--short', 'HEAD')}${changes}`,
    load_average_before: loadBefore,
    load_average_after: load,
  };
}

/** Two lines. Pure. */
export function machineLines(machine: MachineFigures): string {
  return `${machine.processor}, ${machine.cores} cores, ${machine.simd}, ${(machine.memory / gibibyte).toFixed(1)} GiB, \
Linux ${machine.kernel}, Node ${machine.node}, ${machine.commit}
load average ${machine.load_average_before.toFixed(2)} before, ${machine.load_average_after.toFixed(2)} after`;
}
