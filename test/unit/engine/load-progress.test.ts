import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { loadProgress } from '../../../src/engine/load-progress.ts';

let directory: string;
let cgroup: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'onepilot-progress-'));
  cgroup = join(directory, 'cgroup.procs');
  return () => rm(directory, { recursive: true });
});

/** An engine whose processes have read that much; undefined: gone by the time one looks. */
async function engineOf(processes: Readonly<Record<string, number | undefined>>): Promise<void> {
  await writeFile(cgroup, `${Object.keys(processes).join('\n')}\n`);
  for (const [pid, bytes] of Object.entries(processes)) {
    if (bytes === undefined) continue;
    await mkdir(join(directory, pid));
    await writeFile(join(directory, pid, 'io'), `rchar: ${bytes}\nwchar: 77\nsyscr: 1\nread_bytes: 5\n`);
  }
}
const progress = (modelBytes = 1000) => loadProgress({ cgroup, proc: directory, modelBytes });

test('adds up what all processes have read', async () => {
  await engineOf({ '100': 20, '101': 300, '102': 105 });
  expect(await progress()).toBe(42);
});

test('a process that ended meanwhile does not count', async () => {
  await engineOf({ '100': 420, '101': undefined });
  expect(await progress()).toBe(42);
});

test('is never done before the engine says so', async () => {
  await engineOf({ '100': 5000 });
  expect(await progress()).toBe(99);
});

test('nothing is known of an engine that does not run', async () => {
  expect(await progress()).toBeUndefined();
  await writeFile(cgroup, '');
  expect(await progress()).toBeUndefined();
});

test('nothing is known without a model', async () => {
  await engineOf({ '100': 5 });
  expect(await progress(0)).toBeUndefined();
});

test('counts what a real process reads', async () => {
  const file = join(directory, 'model');
  const size = 2 ** 23;
  await writeFile(file, Buffer.alloc(size));
  // It says so when it has read the file, and then waits for its input: what has ended has no counters.
  const reader = spawn('sha256sum', [file, '-'], { stdio: ['pipe', 'pipe', 'ignore'] });
  onTestFinished(() => void reader.kill());
  await once(reader.stdout, 'data');
  await writeFile(cgroup, `${reader.pid}\n`);
  // What a program reads as it starts, libraries for one, counts as well.
  const percent = await loadProgress({ cgroup, proc: '/proc', modelBytes: 4 * size });
  expect(percent).toBeGreaterThanOrEqual(25);
  expect(percent).toBeLessThan(30);
});
