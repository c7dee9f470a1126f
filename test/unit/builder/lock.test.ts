import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockDirectory } from '../../../src/builder/lock.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'onepilot-lock-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

it('lets one build in at a time', async () => {
  const unlock = await lockDirectory(directory);
  await expect(lockDirectory(directory)).rejects.toMatchObject({ code: 'BUILD_LOCKED' });
  await unlock();
  await (await lockDirectory(directory))();
});

it('takes over the lock of a process that is gone', async () => {
  // Larger than any pid_max (2^22), so never a living process.
  await writeFile(join(directory, 'lock'), '99999999');
  await (await lockDirectory(directory))();
});
