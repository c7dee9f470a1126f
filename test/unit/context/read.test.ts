import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readContext } from '../../../src/context/read.ts';
import { thisSystem } from '../../../src/machine/system.ts';
import { TemporaryWorld } from '../bootstrap/temporary-world.ts';

let vm: TemporaryWorld;
beforeEach(async () => {
  vm = await TemporaryWorld.make();
  await vm.setContext("FROM='file'\n");
});
afterEach(() => vm.remove());

/** Reads with a disk that `fill` makes when it is mounted; `left` is what stays mounted. */
async function readWith(fill: (directory: string) => Promise<void>, patience = 0) {
  const left = new Set<string>();
  const context = await readContext(
    vm.paths,
    {
      ...thisSystem,
      async mount(_device, directory) {
        left.add(directory);
        await fill(directory);
      },
      async unmount(directory) {
        left.delete(directory);
        for (const name of await readdir(directory)) await rm(join(directory, name), { recursive: true });
      },
    },
    patience,
  );
  return { context, left };
}

const insertDisk = async () => {
  await mkdir(dirname(vm.paths.contextDevice), { recursive: true });
  await writeFile(vm.paths.contextDevice, '');
};

describe('the context disk', () => {
  test('comes before the file, and is not left mounted', async () => {
    await insertDisk();
    const { context, left } = await readWith((at) => writeFile(join(at, 'context.sh'), "FROM='disk'\n"));
    expect(context).toMatchObject({ source: 'context disk', complete: true, warnings: [] });
    expect(context.values.get('FROM')).toBe('disk');
    expect(left.size).toBe(0);
  });

  test('is waited for', async () => {
    setTimeout(insertDisk, 150);
    const { context } = await readWith((at) => writeFile(join(at, 'context.sh'), "FROM='disk'\n"), 3000);
    expect(context.source).toBe('context disk');
  });

  test.each<[string, (at: string) => Promise<void>, RegExp]>([
    ['that is empty', async () => {}, /holds no context\.sh/],
    ['with a link', (at) => symlink('/etc/hostname', join(at, 'context.sh')), /ELOOP/],
    ['with a directory', async (at) => void (await mkdir(join(at, 'context.sh'))), /EISDIR/],
    ['that is far too large', (at) => writeFile(join(at, 'context.sh'), ' '.repeat(2 ** 20 + 1)), /bytes/],
  ])('%s is a warning, and the file is read', async (_name, fill, reason) => {
    await insertDisk();
    const { context, left } = await readWith(fill);
    expect(context).toMatchObject({ source: vm.paths.contextFile, complete: true });
    expect(context.warnings.map(({ code }) => code)).toEqual(['CONTEXT_DISK_BROKEN']);
    expect(context.warnings[0]?.what).toMatch(reason);
    expect(left.size).toBe(0);
  });
});

test('no context at all is a warning', async () => {
  await rm(vm.paths.contextFile);
  const { context } = await readWith(async () => {});
  expect(context).toMatchObject({ source: undefined, complete: false });
  expect(context.warnings.map(({ code }) => code)).toEqual(['CONTEXT_MISSING']);
});
