import { mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
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

type Files = Readonly<Record<string, string>>;

/** Reads with a disk that holds `disk` when it is mounted; `left` is what stays mounted. */
async function readWith(disk: Files | ((directory: string) => Promise<void>), patience = 0) {
  const left = new Set<string>();
  let mounts = 0;
  const context = await readContext(
    vm.paths,
    {
      ...thisSystem,
      async mount(_device, directory) {
        mounts += 1;
        left.add(directory);
        if (typeof disk === 'function') return disk(directory);
        for (const [name, text] of Object.entries(disk)) await writeFile(join(directory, name), text);
      },
      async unmount(directory) {
        left.delete(directory);
        for (const name of await readdir(directory)) await rm(join(directory, name), { recursive: true });
      },
    },
    patience,
  );
  return { context, from: context.values.get('FROM'), token: context.token?.reveal(), left, mounts };
}

const insertDisk = () => vm.write(vm.paths.contextDevice, '');
const cloudInit = (platform: string, values: Readonly<Record<string, unknown>>) =>
  vm.write(
    vm.paths.cloudInit,
    JSON.stringify({
      base64_encoded_keys: [],
      ds: { _doc: 'EXPERIMENTAL', meta_data: values },
      sensitive_keys: [],
      v1: { platform, cloud_name: platform },
    }),
  );

describe('the first place that has a context is taken', () => {
  beforeEach(async () => {
    await vm.write(vm.paths.oneContext, "FROM='one-context'\n");
    await insertDisk();
    await cloudInit('opennebula', { FROM: 'cloud-init' });
  });
  const disk = { 'context.sh': "FROM='disk'\n" };

  test("one-context's copy, applied by one-context", async () => {
    const { context, from, mounts } = await readWith(disk);
    expect(context).toMatchObject({ source: 'one-context', foreign: true, complete: true, warnings: [] });
    expect(from).toBe('one-context');
    expect(mounts).toBe(0);
  });

  test('the disk, which nobody else has applied', async () => {
    await rm(vm.paths.oneContext);
    const { context, from, left } = await readWith(disk);
    expect(context).toMatchObject({ source: 'context disk', foreign: false, complete: true, warnings: [] });
    expect(from).toBe('disk');
    expect(left.size).toBe(0);
  });

  test("cloud-init's data, applied by cloud-init", async () => {
    await rm(vm.paths.oneContext);
    await rm(vm.paths.contextDevice);
    const { context, from } = await readWith(disk);
    expect(context).toMatchObject({ source: 'cloud-init', foreign: true, complete: true, warnings: [] });
    expect(from).toBe('cloud-init');
  });

  test('the file, which nobody else has applied', async () => {
    for (const path of [vm.paths.oneContext, vm.paths.contextDevice, vm.paths.cloudInit]) await rm(path);
    const { context, from } = await readWith(disk);
    expect(context).toMatchObject({
      source: vm.paths.contextFile,
      foreign: false,
      complete: true,
      warnings: [],
    });
    expect(from).toBe('file');
  });

  test('a copy of one-context that is empty is no context', async () => {
    await vm.write(vm.paths.oneContext, '');
    expect((await readWith(disk)).from).toBe('disk');
  });

  test('half a context is taken as far as it goes, and told', async () => {
    await vm.write(vm.paths.oneContext, "FROM='half'\nrm -rf /\n");
    const { context, from } = await readWith(disk);
    expect(context).toMatchObject({ source: 'one-context', complete: false });
    expect(context.warnings.map(({ code }) => code)).toEqual(['CONTEXT_UNREADABLE_TEXT']);
    expect(from).toBe('half');
  });
});

describe('the context disk', () => {
  const disk = { 'context.sh': "FROM='disk'\n" };

  test('is waited for as long as udev has something to look at', async () => {
    await vm.write(vm.paths.udevQueue, '');
    setTimeout(insertDisk, 400);
    expect((await readWith(disk, 100)).from).toBe('disk');
  });

  test('is not waited for once udev is done', async () => {
    await vm.write(vm.paths.udevQueue, '');
    setTimeout(() => rm(vm.paths.udevQueue), 200);
    expect((await readWith(disk, 100)).from).toBe('file');
  });

  test('is waited for', async () => {
    setTimeout(insertDisk, 150);
    const { context } = await readWith({ 'context.sh': "FROM='disk'\n" }, 10_000);
    expect(context.source).toBe('context disk');
  });

  test.each<[string, (at: string) => Promise<void>, RegExp]>([
    ['that is empty', async () => {}, /holds no context\.sh/],
    ['with a link', (at) => symlink('/etc/hostname', join(at, 'context.sh')), /ELOOP/],
    ['with a directory', async (at) => void (await mkdir(join(at, 'context.sh'))), /no ordinary file/],
    ['that is far too large', (at) => writeFile(join(at, 'context.sh'), ' '.repeat(2 ** 20 + 1)), /bytes/],
  ])('%s is a warning, and the next place is read', async (_name, fill, reason) => {
    await insertDisk();
    const { context, left } = await readWith(fill);
    expect(context).toMatchObject({ source: vm.paths.contextFile, complete: true });
    expect(context.warnings.map(({ code }) => code)).toEqual(['CONTEXT_DISK_BROKEN']);
    expect(context.warnings[0]?.what).toMatch(reason);
    expect(left.size).toBe(0);
  });
});

describe('while the disk is mounted', () => {
  const onDisk = { 'context.sh': "FROM='disk'\n" };
  beforeEach(insertDisk);

  test('only root gets at what is on it, whatever the mode of its files', async () => {
    // Somebody else's work, and too open: it does not stay so.
    await mkdir(vm.paths.contextMounts, { mode: 0o755 });
    const modes: string[] = [];
    await readWith(async (directory) => {
      modes.push(((await stat(dirname(directory))).mode & 0o7777).toString(8));
      await writeFile(join(directory, 'context.sh'), '');
    });
    expect(modes).toEqual(['700']);
  });

  test('nothing of it is left when it has been read', async () => {
    expect((await readWith(onDisk)).from).toBe('disk');
    expect(await readdir(vm.paths.contextMounts)).toEqual([]);
  });

  test('what a killed reader left mounted is unmounted, and what another reads now is not', async () => {
    // The kernel gives no process a higher number than 2^22.
    const [dead, alive] = ['4194305-killed', `${process.ppid}-reading`];
    for (const name of [dead, alive]) {
      await vm.write(join(vm.paths.contextMounts, name, 'context.sh'), '');
    }
    expect((await readWith(onDisk)).from).toBe('disk');
    expect(await readdir(vm.paths.contextMounts)).toEqual([alive]);
  });
});

describe("cloud-init's data", () => {
  test('are the variables among what cloud-init adds', async () => {
    await cloudInit('opennebula', {
      ETH0_IP: '10.0.0.5',
      EMPTY: '',
      'instance-id': 'iid-dsopennebula',
      'public-keys': ['ssh-ed25519 AAAA'],
    });
    const { context } = await readWith({});
    expect(Object.fromEntries(context.values)).toEqual({ ETH0_IP: '10.0.0.5', EMPTY: '' });
  });

  test('of another platform are no context', async () => {
    await cloudInit('nocloud', { FROM: 'cloud-init' });
    expect(await readWith({})).toMatchObject({ from: 'file', context: { foreign: false, warnings: [] } });
  });

  test.each([
    ['no JSON', 'correct-horse {', /it is no JSON/],
    ['of another shape', '{"v1":{"platform":["correct-horse"]}}', /v1\.platform/],
  ])(
    'that are %s are a warning which quotes nothing, and the next place is read',
    async (_how, text, reason) => {
      await vm.write(vm.paths.cloudInit, text);
      const { context, from } = await readWith({});
      expect(from).toBe('file');
      expect(context.warnings.map(({ code }) => code)).toEqual(['CONTEXT_DISK_BROKEN']);
      expect(context.warnings[0]?.what).toMatch(reason);
      expect(JSON.stringify(context.warnings)).not.toContain('correct-horse');
    },
  );
});

describe("OneGate's token", () => {
  const withEndpoint = "FROM='one'\nONEGATE_ENDPOINT='http://169.254.16.9:5030'\n";

  test('lies beside the context on the disk', async () => {
    await insertDisk();
    const { token, mounts } = await readWith({ 'context.sh': withEndpoint, 'token.txt': 'c2VjcmV0\n' });
    expect({ token, mounts }).toEqual({ token: 'c2VjcmV0', mounts: 1 });
  });

  test('lies beside the file', async () => {
    await vm.write(join(dirname(vm.paths.contextFile), 'token.txt'), 'c2VjcmV0');
    expect((await readWith({})).token).toBe('c2VjcmV0');
  });

  test('in the context comes before the one on the disk', async () => {
    await insertDisk();
    const text = `${withEndpoint}ONEGATE_TOKEN='chosen'\n`;
    expect((await readWith({ 'context.sh': text, 'token.txt': 'other' })).token).toBe('chosen');
  });

  test('is fetched from the disk for one-context, which does not copy it', async () => {
    await vm.write(vm.paths.oneContext, withEndpoint);
    await insertDisk();
    const { context, token } = await readWith({ 'token.txt': 'c2VjcmV0' });
    expect(context.source).toBe('one-context');
    expect(token).toBe('c2VjcmV0');
  });

  test.each<[string, (at: string) => Promise<void>]>([
    ['is missing', async () => {}],
    ['is a link', (at) => symlink('/etc/hostname', join(at, 'token.txt'))],
    ['is on a disk that cannot be mounted', () => Promise.reject(new Error('no medium'))],
  ])('that %s is no error', async (_how, fill) => {
    await vm.write(vm.paths.oneContext, withEndpoint);
    await insertDisk();
    const { context, token } = await readWith(fill);
    expect(context).toMatchObject({ source: 'one-context', complete: true, warnings: [] });
    expect(token).toBeUndefined();
  });
});

test('no context at all is a warning', async () => {
  await rm(vm.paths.contextFile);
  const { context } = await readWith({});
  expect(context).toMatchObject({ source: undefined, complete: false });
  expect(context.warnings.map(({ code }) => code)).toEqual(['CONTEXT_MISSING']);
});
