import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const script = resolve('appliance/rootfs/usr/lib/onepilot/unless-later');

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'onepilot-test-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** Whether the agent looks again. Times in seconds from now; an agent that has not run has none. */
async function looksAgain(times: { run?: number; clock: number }): Promise<boolean> {
  const paths: string[] = [];
  for (const [name, time] of [['run', times.run] as const, ['clock', times.clock] as const]) {
    const path = join(directory, name);
    paths.push(path);
    if (time === undefined) continue;
    await writeFile(path, '');
    const at = Date.now() / 1000 + time;
    await utimes(path, at, at);
  }
  return execFileSync(script, [...paths, 'echo', 'again'], { encoding: 'utf8', stdio: 'pipe' }) === 'again\n';
}

test('a clock set before the latest run is no news', async () => {
  expect(await looksAgain({ clock: -60, run: -30 })).toBe(false);
});

test('a clock set since the latest run is', async () => {
  expect(await looksAgain({ run: -60, clock: -30 })).toBe(true);
});

test('a clock that was ahead at the latest run, and has been set back since, is', async () => {
  expect(await looksAgain({ run: 12 * 3600, clock: -30 })).toBe(true);
});

test('a clock set while no run is known of is', async () => {
  expect(await looksAgain({ clock: -30 })).toBe(true);
});
