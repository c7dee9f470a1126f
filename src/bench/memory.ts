import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrivateMachine } from './private-machine.ts';

/** A process and its memory, in bytes. */
export interface Resident {
  readonly name: string;
  readonly rss: number;
  /** What it shares with others counted by its part. */
  readonly pss: number;
}

/** Every process of `machine`, apart from the one that holds it together. */
export async function residents(machine: PrivateMachine): Promise<Resident[]> {
  const processes = machine.path('/proc');
  const numbers = (await readdir(processes)).filter((name) => /^\d+$/.test(name) && name !== '1');
  const found: Resident[] = [];
  for (const number of numbers) {
    const command = await readFile(join(processes, number, 'cmdline'), 'utf8').catch(() => '');
    const memory = await readFile(join(processes, number, 'smaps_rollup'), 'utf8').catch(() => '');
    if (memory) found.push({ name: nameOf(command), ...parseMemory(memory) });
  }
  return found;
}

/** What a process is called here, from its command line as /proc has it. */
export function nameOf(command: string): string {
  const [program = '', ...rest] = command.split('\0').filter((word) => word);
  const words = rest.join(' ');
  if (words.includes('/gateway.mjs')) return 'gateway';
  if (!program.endsWith('/llama-server')) return `${program} ${words}`.trim();
  return rest.includes('--models-preset') ? 'llama-server, router' : 'llama-server, model';
}

/** The sums in `smaps_rollup` (proc_pid_smaps(5)). */
export function parseMemory(text: string): Pick<Resident, 'rss' | 'pss'> {
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024;
  return { rss: bytes('Rss'), pss: bytes('Pss') };
}
