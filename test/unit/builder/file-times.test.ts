import { lstat, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clampTimes, setTimes } from '../../../src/builder/file-times.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'onepilot-times-'));
  await mkdir(join(root, 'folder'));
  await writeFile(join(root, 'folder/old'), '');
  await utimes(join(root, 'folder/old'), 1000, 1000);
  await writeFile(join(root, 'folder/new'), '');
  await symlink('nowhere', join(root, 'link'));
});
afterEach(() => rm(root, { recursive: true }));

async function times(): Promise<number[]> {
  const paths = ['', 'folder', 'folder/old', 'folder/new', 'link'];
  const stats = await Promise.all(paths.map((path) => lstat(join(root, path))));
  return stats.map(({ mtimeMs }) => mtimeMs / 1000);
}

describe('the times of a tree', () => {
  it('are limited, and what is older keeps its own', async () => {
    await clampTimes(root, 5000);
    expect(await times()).toEqual([5000, 5000, 1000, 5000, 5000]);
  });

  it('are set, whatever they were', async () => {
    await setTimes(root, 5000);
    expect(await times()).toEqual([5000, 5000, 5000, 5000, 5000]);
  });
});
