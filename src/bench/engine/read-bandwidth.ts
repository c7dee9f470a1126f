import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Shell } from '../../builder/shell.ts';
import { median } from '../table.ts';

const source = fileURLToPath(new URL('read-bandwidth.c', import.meta.url));

/** MiB that each thread reads in a round: far more than a core's part of any cache. */
const perThread = 256;
const rounds = 8;

/** Measures how fast memory is read; bytes a second. */
export type MeasureBandwidth = () => Promise<number>;

/**
 * Compiles the program that reads memory with `threads` threads, for this CPU, into `directory`.
 * @returns what runs it: the median of its rounds, in bytes a second
 * @throws BUILD_COMMAND_FAILED without a C compiler
 */
export async function bandwidthProgram(
  directory: string,
  threads: number,
  shell: Shell,
): Promise<MeasureBandwidth> {
  const program = join(directory, 'read-bandwidth');
  await shell.run(['gcc', '-O3', '-march=native', '-pthread', '-o', program, source]);
  return async () => {
    const output = await shell.run([program, String(threads), String(perThread), String(rounds)]);
    return median(output.split('\n').map(Number));
  };
}
