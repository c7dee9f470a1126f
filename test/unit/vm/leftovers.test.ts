import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { removeLeftovers } from '../../../src/vm/leftovers.ts';

/** More than any process has (proc_pid(5): 2^22). */
const nobody = 5_000_000;

it('removes what a failed session left more than a day ago, and nothing else', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'onepilot-leftovers-'));
  const longAgo = new Date(Date.now() - 25 * 3600 * 1000);
  for (const name of [String(nobody), String(process.pid), 'mine']) {
    await mkdir(join(parent, name));
    await utimes(join(parent, name), longAgo, longAgo);
  }
  await mkdir(join(parent, String(nobody + 1)));
  await removeLeftovers(parent);
  expect((await readdir(parent)).sort()).toEqual([String(process.pid), String(nobody + 1), 'mine'].sort());
  await rm(parent, { recursive: true });
  await removeLeftovers(parent);
});
