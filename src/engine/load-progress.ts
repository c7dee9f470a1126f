import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where to look, and how much there is to read. */
export interface LoadSources {
  /** The file that lists the engine's processes (`cgroup.procs` of its unit). */
  readonly cgroup: string;
  /** `/proc`; only root may read the counters of another user's processes. */
  readonly proc: string;
  /** Sum of the sizes of the models' files. */
  readonly modelBytes: number;
}

/**
 * Per cent of the models that the engine has read so far, 0..99: it reads them with read(2), which the kernel
 * counts for each process, and only its answer says that it is done. A process that starts again starts at
 * nothing. Undefined when nothing can be told; never throws.
 */
export async function loadProgress({ cgroup, proc, modelBytes }: LoadSources): Promise<number | undefined> {
  const list = await readFile(cgroup, 'utf8').catch(() => '');
  const counts = await Promise.all(
    list.match(/^\d+$/gm)?.map((pid) => readBytes(join(proc, pid, 'io'))) ?? [],
  );
  const known = counts.filter((count) => count !== undefined);
  if (known.length === 0 || modelBytes <= 0) return undefined;
  const sum = known.reduce((total, count) => total + count, 0);
  return Math.min(99, Math.floor((100 * sum) / modelBytes));
}

/** `rchar` of proc(5); undefined where the process is gone. */
async function readBytes(path: string): Promise<number | undefined> {
  const counters = await readFile(path, 'utf8').catch(() => '');
  const count = /^rchar: (\d+)$/m.exec(counters)?.[1];
  return count === undefined ? undefined : Number(count);
}
